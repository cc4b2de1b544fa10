// SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// ipsupporttool.exe of the test connector: -o FOLDER leaves an archive there.
#include "connector.h"

int main(int argc, char **argv) {
    char path[MAX_PATH];
    SYSTEMTIME now;
    if (argc != 3 || strcmp(argv[1], "-o") || setting_is(own_folder(), "fault", "support_tool_fails")) return 1;
    if (setting_is(own_folder(), "fault", "support_tool_writes_nothing")) return 0;
    GetLocalTime(&now);
    snprintf(path, sizeof path, "%s\\CiscoAMP_Support_Tool_%04d_%02d_%02d_%02d_%02d_%02d.7z", argv[2], now.wYear, now.wMonth, now.wDay,
             now.wHour, now.wMinute, now.wSecond);
    FILE *archive = fopen(path, "wb");
    if (!archive) return 1;
    fputs("test snapshot\n", archive);
    return fclose(archive);
}
