// SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Orbital beside the test connector: the service CiscoOrbital, and the msiexec.exe that removes its product.
//
// Without arguments it is the service. `install CODE EXITCODE` makes product and service; `/x CODE /qn /norestart` removes
// them and ends with EXITCODE, or with 1605, as msiexec does for a product that is not installed, and touches nothing.
#include "connector.h"

#define SERVICE "CiscoOrbital"
#define PRODUCTS "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\"

static SERVICE_STATUS_HANDLE handle;
static HANDLE stop;

static void tell(DWORD state) {
    SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS, .dwCurrentState = state};
    status.dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP : 0;
    SetServiceStatus(handle, &status);
}

static void WINAPI control(DWORD code) {
    if (code == SERVICE_CONTROL_STOP) SetEvent(stop);
}

static void WINAPI service_main(DWORD count, LPSTR *words) {
    char event_name[300];
    (void)count;
    handle = RegisterServiceCtrlHandlerA(words[0], control);
    stop_event_name(SERVICE, event_name, sizeof event_name);
    stop = CreateEventA(NULL, TRUE, FALSE, event_name);
    tell(SERVICE_RUNNING);
    WaitForSingleObject(stop, INFINITE);
    tell(SERVICE_STOPPED);
}

static int install(const char *code, const char *exit_code) {
    char key[512], program[MAX_PATH];
    GetModuleFileNameA(NULL, program, sizeof program);
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE made = CreateServiceA(manager, SERVICE, "Cisco Orbital", SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                                    SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, program, NULL, NULL, NULL, NULL, NULL);
    CloseServiceHandle(made);
    CloseServiceHandle(manager);
    snprintf(key, sizeof key, PRODUCTS "%s", code);
    set_value(key, "DisplayName", "Cisco Orbital");
    set_value(key, "ExitCode", exit_code);
    return !start_service(SERVICE);
}

static int remove_product(const char *code) {
    char key[512], exit_code[16] = "";
    DWORD size = sizeof exit_code;
    snprintf(key, sizeof key, PRODUCTS "%s", code);
    if (RegGetValueA(HKEY_LOCAL_MACHINE, key, "ExitCode", RRF_RT_REG_SZ, NULL, exit_code, &size)) return 1605;
    stop_service(SERVICE);
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE service = OpenServiceA(manager, SERVICE, SERVICE_ALL_ACCESS);
    DeleteService(service);
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    RegDeleteKeyA(HKEY_LOCAL_MACHINE, key);
    return atoi(exit_code);
}

int main(int argc, char **argv) {
    if (argc == 1) {
        SERVICE_TABLE_ENTRYA table[] = {{SERVICE, service_main}, {NULL, NULL}};
        return !StartServiceCtrlDispatcherA(table);
    }
    if (argc == 4 && !strcmp(argv[1], "install")) return install(argv[2], argv[3]);
    if (argc != 5 || strcmp(argv[1], "/x") || strcmp(argv[3], "/qn") || strcmp(argv[4], "/norestart")) return 1639;
    return remove_product(argv[2]);
}
