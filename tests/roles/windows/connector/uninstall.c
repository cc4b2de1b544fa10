// SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// uninstall.exe of the test connector: /S /full 0|1 [/password PASSWORD].
//
// As NSIS does, it copies itself to the temporary folder, starts the copy and returns at once: done is only when the
// service is gone. With a wrong password the copy does nothing and nobody is told.
#include "connector.h"

static int remove_tree(const char *path, const char *but) {
    char pattern[MAX_PATH], entry[MAX_PATH];
    WIN32_FIND_DATAA found;
    snprintf(pattern, sizeof pattern, "%s\\*", path);
    HANDLE search = FindFirstFileA(pattern, &found);
    if (search == INVALID_HANDLE_VALUE) return 0;
    do {
        if (!strcmp(found.cFileName, ".") || !strcmp(found.cFileName, "..") || (but && !strcmp(found.cFileName, but))) continue;
        snprintf(entry, sizeof entry, "%s\\%s", path, found.cFileName);
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) remove_tree(entry, NULL);
        else DeleteFileA(entry);
    } while (FindNextFileA(search, &found));
    FindClose(search);
    return RemoveDirectoryA(path);
}

static int work(const char *folder, int full, const char *password) {
    char service[128];
    if (!password_fits(folder, password)) return 0;
    if (setting_is(folder, "fault", "uninstall_hangs")) Sleep(INFINITE);
    setting_in(folder, "service", service, sizeof service);
    stop_service(service);
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE handle = OpenServiceA(manager, service, SERVICE_ALL_ACCESS);
    RegDeleteKeyA(HKEY_LOCAL_MACHINE, UNINSTALL);
    // The program that started this copy lies in the folder and may still be ending, so its file cannot go yet: NSIS tries again.
    for (int tries = 0; tries < 200 && !remove_tree(folder, NULL); tries++) Sleep(50);
    remove_tree(ROOT, full ? NULL : "local.xml");
    if (full) {
        RegDeleteTreeA(HKEY_LOCAL_MACHINE, IMMUNET);
        RegDeleteTreeA(HKEY_LOCAL_MACHINE, "SOFTWARE\\WOW6432Node\\Immunet Protect");
    }
    DeleteService(handle);
    CloseServiceHandle(handle);
    CloseServiceHandle(manager);
    return 0;
}

// The copy's command line is: copy FOLDER FULL; the password, if given, is in its environment.
static int hand_over(int full, const char *password) {
    char own[MAX_PATH], copy[MAX_PATH], line[2 * MAX_PATH + 16];
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION process;
    GetModuleFileNameA(NULL, own, sizeof own);
    GetTempPathA(sizeof copy - 8, copy);
    strcat(copy, "Au_.exe");
    CopyFileA(own, copy, FALSE);
    snprintf(line, sizeof line, "\"%s\" \"%s\" %d", copy, own_folder(), full);
    SetEnvironmentVariableA("TEST_CONNECTOR_PASSWORD", password);
    return !CreateProcessA(copy, line, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, "C:\\", &start, &process);
}

int main(int argc, char **argv) {
    const char *password = NULL;
    int full = -1, silent = 0;
    if (strstr(own_folder(), ROOT) != own_folder()) return work(argv[1], atoi(argv[2]), getenv("TEST_CONNECTOR_PASSWORD"));
    for (int index = 1; index < argc; index++) {
        if (!strcmp(argv[index], "/S")) silent = 1;
        else if (!strcmp(argv[index], "/full") && index + 1 < argc) full = atoi(argv[++index]);
        else if (!strcmp(argv[index], "/password") && index + 1 < argc) password = argv[++index];
        else return 2;
    }
    return silent && full >= 0 ? hand_over(full, password) : 2;
}
