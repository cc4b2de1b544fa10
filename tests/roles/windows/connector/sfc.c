// SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// sfc.exe of the test connector: the service itself, and -k [password], -s [password], -l start|stop as its command line.
#include <winsock2.h>
#include "connector.h"
#include <objbase.h>

static SERVICE_STATUS_HANDLE handle;
static SERVICE_STATUS status;
static HANDLE stop;
static char service[128];

static void tell(DWORD state) {
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status.dwCurrentState = state;
    // A protected connector takes no stop from the service manager.
    status.dwControlsAccepted = state == SERVICE_RUNNING && setting_is(own_folder(), "password", "") ? SERVICE_ACCEPT_STOP : 0;
    SetServiceStatus(handle, &status);
}

static void WINAPI control(DWORD code) {
    if (code == SERVICE_CONTROL_STOP) {
        tell(SERVICE_STOP_PENDING);
        SetEvent(stop);
    }
}

// The GUID of local.xml; where it has none, a new one is put there.
static void connector_guid(char guid[37]) {
    static char text[LARGEST], changed[LARGEST];
    GUID fresh;
    known_guid(guid);
    read_local_xml(text, sizeof text);
    char *at = strstr(text, "<agent><uuid>");
    if (*guid || !at) return;
    CoCreateGuid(&fresh);
    snprintf(guid, 37, "%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned long)fresh.Data1, fresh.Data2, fresh.Data3,
             fresh.Data4[0], fresh.Data4[1], fresh.Data4[2], fresh.Data4[3], fresh.Data4[4], fresh.Data4[5], fresh.Data4[6], fresh.Data4[7]);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at + 13 - text), text, guid, at + 13);
    write_local_xml(changed, setting_is(own_folder(), "encoding", "utf-16"));
}

// The port of the simulator's control URL in the host's /etc/test-connector.json, which is Z:\\etc\\... here; 0 for none.
static int control_port(void) {
    char text[1024] = "";
    FILE *file = fopen("Z:\\etc\\test-connector.json", "rb");
    if (!file) return 0;
    fread(text, 1, sizeof text - 1, file);
    fclose(file);
    const char *at = strstr(text, "control_url");
    at = at ? strstr(at, "://") : NULL;
    at = at ? strchr(at + 3, ':') : NULL;
    return at ? atoi(at + 1) : 0;
}

// POST this connector to the simulator.
static void enrol(const char *guid) {
    char name[128], version[64], group[64], body[700], request[1000];
    DWORD size = sizeof name;
    int port = control_port();
    if (!port) return;
    GetComputerNameA(name, &size);
    setting_in(own_folder(), "version", version, sizeof version);
    setting_in(own_folder(), "group", group, sizeof group);
    int at = snprintf(body, sizeof body, "{\"connector_guid\":\"%s\",\"hostname\":\"%s\",\"operating_system\":\"Windows Server 2022\","
                      "\"connector_version\":\"%s\"", guid, name, version);
    snprintf(body + at, sizeof body - (size_t)at, *group ? ",\"group\":\"%s\"}" : "}", group);
    int length = snprintf(request, sizeof request, "POST /connectors HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                          "Content-Length: %d\r\n\r\n%s", (int)strlen(body), body);
    WSADATA winsock;
    WSAStartup(MAKEWORD(2, 2), &winsock);
    SOCKET line = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((u_short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (!connect(line, (struct sockaddr *)&peer, sizeof peer)) {
        send(line, request, length, 0);
        while (recv(line, body, sizeof body, 0) > 0) {}
    }
    closesocket(line);
}

// A process that starts the service whenever it has ended: what a service manager does that restarts what fails, which this one
// does not. There is one of it at most.
static void started_anew_for_ever(void) {
    char command[MAX_PATH + 8];
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    snprintf(command, sizeof command, "\"%s\\sfc.exe\" -r", own_folder());
    if (CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process)) {
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
    }
}

static int start_for_ever(void) {
    CreateMutexA(NULL, FALSE, "Global\\starts-for-ever");
    if (GetLastError() == ERROR_ALREADY_EXISTS) return 0;
    for (;;) {
        start_service(service);
        Sleep(100);
    }
}

static void WINAPI service_main(DWORD count, LPSTR *words) {
    char event_name[300], guid[37];
    (void)count;
    handle = RegisterServiceCtrlHandlerA(words[0], control);
    stop_event_name(service, event_name, sizeof event_name);
    stop = CreateEventA(NULL, TRUE, FALSE, event_name);
    tell(SERVICE_RUNNING);
    // The cloud gives the GUID, and may take its time.
    if (setting_is(own_folder(), "fault", "registers_late")) WaitForSingleObject(stop, 25000);
    connector_guid(guid);
    enrol(guid);
    int restarts = setting_is(own_folder(), "fault", "service_restarts");
    if (restarts) started_anew_for_ever();
    if (!setting_is(own_folder(), "fault", "service_dies")) WaitForSingleObject(stop, restarts ? 2000 : INFINITE);
    tell(SERVICE_STOPPED);
}

static int debug_log(const char *verb) {
    char path[MAX_PATH];
    snprintf(path, sizeof path, "%s\\debug.on", own_folder());
    if (!strcmp(verb, "start")) fclose(fopen(path, "wb"));
    else if (!strcmp(verb, "stop")) DeleteFileA(path);
    else return 1;
    return 0;
}

int main(int argc, char **argv) {
    setting_in(own_folder(), "service", service, sizeof service);
    if (argc == 1) {
        SERVICE_TABLE_ENTRYA table[] = {{service, service_main}, {NULL, NULL}};
        return !StartServiceCtrlDispatcherA(table);
    }
    if (!strcmp(argv[1], "-r")) return start_for_ever();
    if (!strcmp(argv[1], "-l") && argc == 3) return debug_log(argv[2]);
    if (strcmp(argv[1], "-k") && strcmp(argv[1], "-s")) return 1;
    // Nobody documents an exit code for a wrong password, so this one keeps silent about it: only the state tells.
    if (!password_fits(own_folder(), argc > 2 ? argv[2] : NULL)) return 0;
    return argv[1][1] == 'k' ? !stop_service(service) : !start_service(service);
}
