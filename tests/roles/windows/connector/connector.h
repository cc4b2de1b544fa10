// SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// What the programs of the test connector share: settings.ini of the version folder, registry, services, local.xml.
#ifndef CONNECTOR_H
#define CONNECTOR_H

#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT "C:\\Program Files\\Cisco\\AMP"
#define LOCAL_XML ROOT "\\local.xml"
#define IMMUNET "SOFTWARE\\Immunet Protect"
#define UNINSTALL "SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Immunet Protect"
#define LARGEST 65536

// The folder that this program lies in, without a backslash at its end.
static inline const char *own_folder(void) {
    static char path[MAX_PATH];
    GetModuleFileNameA(NULL, path, sizeof path);
    *strrchr(path, '\\') = 0;
    return path;
}

// A value of settings.ini in `folder`; empty where there is none.
static inline const char *setting_in(const char *folder, const char *name, char *value, DWORD size) {
    char ini[MAX_PATH];
    snprintf(ini, sizeof ini, "%s\\settings.ini", folder);
    GetPrivateProfileStringA("connector", name, "", value, size, ini);
    return value;
}

static inline int setting_is(const char *folder, const char *name, const char *wanted) {
    char value[256];
    return !strcmp(setting_in(folder, name, value, sizeof value), wanted);
}

static inline void set_value(const char *key, const char *name, const char *text) {
    HKEY handle;
    RegCreateKeyExA(HKEY_LOCAL_MACHINE, key, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &handle, NULL);
    RegSetValueExA(handle, name, 0, REG_SZ, (const BYTE *)text, (DWORD)strlen(text) + 1);
    RegCloseKey(handle);
}

// Connector protection: no password configured, or the given one is it.
static inline int password_fits(const char *folder, const char *given) {
    char password[256];
    setting_in(folder, "password", password, sizeof password);
    return !*password || (given && !strcmp(given, password));
}

static inline void stop_event_name(const char *service, char *name, size_t size) {
    snprintf(name, size, "Global\\stop-%s", service);
}

// Wait until the service is in `state` (or gone, for 0): at most ten seconds. Whether it got there.
static inline int reaches(SC_HANDLE service, DWORD state) {
    SERVICE_STATUS status;
    for (int tries = 0; tries < 200; tries++) {
        if (!QueryServiceStatus(service, &status)) return 0;
        if (status.dwCurrentState == state) return 1;
        Sleep(50);
    }
    return 0;
}

// Stop a service as the connector itself does, past its protection. Whether it is stopped then.
static inline int stop_service(const char *name) {
    char event_name[300];
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE service = OpenServiceA(manager, name, SERVICE_ALL_ACCESS);
    int stopped = 1;
    if (service) {
        stop_event_name(name, event_name, sizeof event_name);
        HANDLE event = OpenEventA(EVENT_MODIFY_STATE, FALSE, event_name);
        if (event) {
            SetEvent(event);
            CloseHandle(event);
        }
        stopped = reaches(service, SERVICE_STOPPED);
        CloseServiceHandle(service);
    }
    CloseServiceHandle(manager);
    return stopped;
}

static inline int start_service(const char *name) {
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE service = OpenServiceA(manager, name, SERVICE_ALL_ACCESS);
    int started = service && (StartServiceA(service, 0, NULL) || GetLastError() == ERROR_SERVICE_ALREADY_RUNNING)
                  && reaches(service, SERVICE_RUNNING);
    if (service) CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return started;
}

// local.xml as UTF-8 (it is kept as UTF-16 LE with a mark, or as UTF-8); empty where there is none.
static inline void read_local_xml(char *text, size_t size) {
    static char raw[LARGEST];
    *text = 0;
    FILE *file = fopen(LOCAL_XML, "rb");
    if (!file) return;
    size_t got = fread(raw, 1, sizeof raw - 2, file);
    fclose(file);
    raw[got] = raw[got + 1] = 0;
    if (got > 1 && (BYTE)raw[0] == 0xff && (BYTE)raw[1] == 0xfe)
        WideCharToMultiByte(CP_UTF8, 0, (WCHAR *)(raw + 2), -1, text, (int)size, NULL, NULL);
    else
        snprintf(text, size, "%s", raw);
}

static inline void write_local_xml(const char *text, int wide) {
    static WCHAR buffer[LARGEST];
    FILE *file = fopen(LOCAL_XML, "wb");
    if (!file) return;
    if (wide) {
        int length = MultiByteToWideChar(CP_UTF8, 0, text, -1, buffer, LARGEST) - 1;
        fwrite("\xff\xfe", 1, 2, file);
        fwrite(buffer, sizeof *buffer, (size_t)length, file);
    } else
        fwrite(text, 1, strlen(text), file);
    fclose(file);
}

// The connector GUID of local.xml, or an empty text.
static inline void known_guid(char guid[37]) {
    static char text[LARGEST];
    read_local_xml(text, sizeof text);
    const char *at = strstr(text, "<agent><uuid>");
    guid[0] = 0;
    if (at && at[13] != '<') snprintf(guid, 37, "%.36s", at + 13);
}

#endif
