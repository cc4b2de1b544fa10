// SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// The installer of the test connector. Behind its own code it carries (build.py) settings.ini and the programs:
// name[64], size[4] (little endian), content; at the very end the offset of the first [4].
//
// It wants /R first and then /S, takes NAME 0|1 pairs, and writes what it was given to ROOT\install.log.
#include "connector.h"

static char settings_folder[MAX_PATH], version[64], service[128], display[192], folder[MAX_PATH];

static void unpack(const char *into) {
    char own[MAX_PATH], path[MAX_PATH], name[64];
    DWORD offset, size, got;
    GetModuleFileNameA(NULL, own, sizeof own);
    FILE *file = fopen(own, "rb");
    fseek(file, -4, SEEK_END);
    long end = ftell(file);
    fread(&offset, 4, 1, file);
    fseek(file, (long)offset, SEEK_SET);
    while (ftell(file) < end && fread(name, 1, sizeof name, file) == sizeof name && fread(&size, 4, 1, file) == 1) {
        char *content = malloc(size + 1);
        got = (DWORD)fread(content, 1, size, file);
        snprintf(path, sizeof path, "%s\\%s", into, name);
        FILE *out = fopen(path, "wb");
        if (out) {
            fwrite(content, 1, got, out);
            fclose(out);
        }
        free(content);
    }
    fclose(file);
}

static void remove_old_services(void) {
    static char buffer[LARGEST];
    DWORD needed, count = 0, resume = 0;
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    EnumServicesStatusExA(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL, (BYTE *)buffer, sizeof buffer,
                          &needed, &count, &resume, NULL);
    ENUM_SERVICE_STATUS_PROCESSA *list = (ENUM_SERVICE_STATUS_PROCESSA *)buffer;
    for (DWORD index = 0; index < count; index++) {
        if (_strnicmp(list[index].lpServiceName, "CiscoAMP", 8)) continue;
        stop_service(list[index].lpServiceName);
        SC_HANDLE old = OpenServiceA(manager, list[index].lpServiceName, SERVICE_ALL_ACCESS);
        DeleteService(old);
        CloseServiceHandle(old);
    }
    CloseServiceHandle(manager);
}

static void add_service(void) {
    char image[MAX_PATH + 16];
    snprintf(image, sizeof image, "\"%s\\sfc.exe\"", folder);
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE made = NULL;
    for (int tries = 0; !made && tries < 100; tries++) {  // a service marked for deletion keeps its name for a moment
        made = CreateServiceA(manager, service, display, SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                              SERVICE_ERROR_NORMAL, image, NULL, NULL, NULL, NULL, NULL);
        if (!made) Sleep(50);
    }
    CloseServiceHandle(made);
    CloseServiceHandle(manager);
}

static void write_configuration(int argc, char **argv) {
    static char text[LARGEST];
    char guid[37], business[64];
    known_guid(guid);
    setting_in(folder, "business_guid", business, sizeof business);
    int at = snprintf(text, sizeof text, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<config>\n <agent><uuid>%s</uuid></agent>\n"
                      " <install>\n  <switches>\n", guid);
    for (int index = 3; index + 1 < argc; index += 2)
        if (argv[index][0] == '/' && strcmp(argv[index], "/goldenimage") && (*argv[index + 1] == '0' || *argv[index + 1] == '1'))
            at += snprintf(text + at, sizeof text - at, "   <%s>%s</%s>\n", argv[index] + 1, argv[index + 1], argv[index] + 1);
    snprintf(text + at, sizeof text - at, "   <sendfile>1</sendfile>\n   <trayicon>0</trayicon>\n   <renameinstalldir>1</renameinstalldir>\n"
             "  </switches>\n </install>\n <janus><business><uuid>%s</uuid></business></janus>\n</config>\n", business);
    write_local_xml(text, setting_is(folder, "encoding", "utf-16"));
}

static void write_registry(void) {
    char command[MAX_PATH + 32];
    if (!setting_is(folder, "registry", "32")) set_value(IMMUNET, "InstallDir", ROOT "\\");
    if (!setting_is(folder, "registry", "64")) set_value("SOFTWARE\\WOW6432Node\\Immunet Protect", "InstallDir", ROOT "\\");
    snprintf(command, sizeof command, "\"%s\\uninstall.exe\"", folder);
    set_value(UNINSTALL, "DisplayVersion", version);
    set_value(UNINSTALL, "UninstallString", command);
    if (setting_is(folder, "fault", "reboot")) {  // volatile, so that a reboot clears it
        HKEY key;
        RegCreateKeyExA(HKEY_LOCAL_MACHINE, IMMUNET "\\Reboot", 0, NULL, REG_OPTION_VOLATILE, KEY_ALL_ACCESS, NULL, &key, NULL);
        RegCloseKey(key);
    }
}

static void make_folders(void) {
    CreateDirectoryA("C:\\Program Files\\Cisco", NULL);
    CreateDirectoryA(ROOT, NULL);
    CreateDirectoryA(folder, NULL);
}

static void log_arguments(int argc, char **argv) {
    FILE *log = fopen(ROOT "\\install.log", "wb");
    for (int index = 1; index < argc; index++) fprintf(log, "%s\n", argv[index]);
    fclose(log);
}

static void read_settings(void) {
    GetTempPathA(sizeof settings_folder, settings_folder);
    strcat(settings_folder, "ampsetup");
    CreateDirectoryA(settings_folder, NULL);
    unpack(settings_folder);
    setting_in(settings_folder, "version", version, sizeof version);
    setting_in(settings_folder, "service", service, sizeof service);
    setting_in(settings_folder, "display", display, sizeof display);
    snprintf(folder, sizeof folder, "%s\\%s", ROOT, version);
}

int main(int argc, char **argv) {
    if (argc < 3 || strcmp(argv[1], "/R") || strcmp(argv[2], "/S")) {
        fprintf(stderr, "test connector: /R must be the first switch and /S must follow\n");
        return 2;
    }
    read_settings();
    if (setting_is(settings_folder, "fault", "installs_nothing")) return 0;
    if (setting_is(settings_folder, "fault", "fails")) return 1603;
    if (setting_is(settings_folder, "fault", "hangs")) Sleep(INFINITE);
    make_folders();
    unpack(folder);
    log_arguments(argc, argv);
    if (setting_is(folder, "fault", "half_installed")) return 0;
    remove_old_services();
    write_configuration(argc, argv);
    write_registry();
    add_service();
    int golden = 0;
    for (int index = 3; index < argc; index++)
        if (!strcmp(argv[index], "/goldenimage")) golden = index + 1 == argc || strcmp(argv[index + 1], "0");
    if (!golden) start_service(service);
    return setting_is(folder, "fault", "reboot") ? 3010 : 0;
}
