#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "signaling/config/config.h"
#include "transport/base/error.h"

#define ARGUMENTS_MAX 16

static int parse(struct config *config, char *error, size_t size, const char *const *arguments)
{
    char *argv[ARGUMENTS_MAX + 2] = {(char *)(uintptr_t) "heddle"};
    int argc = 1;
    error[0] = '\0';
    for (; arguments[argc - 1] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)arguments[argc - 1];
    return config_parse(config, argc, argv, error, size);
}

static void reads_the_line_that_scripts_use(void **state)
{
    static const char *const line[] = {
        "--open",     "--http", "127.0.0.1:8080", "--media-port", "40000", "--workers", "1", "--public-ip", "127.0.0.1",
        "--mesh-max", "0",      "--ice=full",     "--log=debug",  NULL};
    static struct config config;
    char error[256];
    (void)state;
    assert_int_equal(parse(&config, error, sizeof error, line), 0);
    assert_true(config.open);
    assert_string_equal(config.http_host, "127.0.0.1");
    assert_int_equal(config.http_port, 8080);
    assert_int_equal(config.media_port, 40000);
    assert_int_equal(config.workers, 1);
    assert_int_equal(config.public_ip_count, 1);
    assert_int_equal(config.mesh_max, 0);
    assert_true(config.ice_full);
    assert_int_equal(config.log_level, LEVEL_DEBUG);
    assert_false(config.log_addresses);
}

static void repeats_lists_and_reads_addresses(void **state)
{
    static const char *const line[] = {"--open",
                                       "--public-ip",
                                       "192.0.2.1,2001:db8::1",
                                       "--public-ip",
                                       "192.0.2.2",
                                       "--http",
                                       "[::1]:0",
                                       "--srtp",
                                       "AES128_CM_SHA1_80:AEAD_AES_128_GCM",
                                       "--crypto",
                                       "openssl",
                                       "--ice-server",
                                       "stun:stun.example",
                                       "--ice-server",
                                       "turn:user:pa:ss@[2001:db8::2]:3478?transport=tcp",
                                       NULL};
    static struct config config;
    char error[256];
    (void)state;
    assert_int_equal(parse(&config, error, sizeof error, line), 0);
    assert_int_equal(config.public_ip_count, 3);
    assert_string_equal(config.public_ips[1], "2001:db8::1");
    assert_string_equal(config.http_host, "::1");
    assert_int_equal(config.http_port, 0);
    assert_int_equal(config.ice_servers.count, 2);
    assert_string_equal(config.ice_servers.entries[1].url, "turn:[2001:db8::2]:3478?transport=tcp");
    assert_string_equal(config.ice_servers.entries[1].username, "user");
    assert_string_equal(config.ice_servers.entries[1].password, "pa:ss");
    assert_string_equal(config.crypto->name, "openssl");
}

static void all_options_that_are_wrong_are_named_at_once(void **state)
{
    static const char *const line[] = {"--secret", "/nosuch", "--workers", "x", "--dance", "--http", "y", NULL};
    static struct config config;
    char error[512];
    (void)state;
    assert_int_equal(parse(&config, error, sizeof error, line), ERR_INVALID);
    char *second = strchr(error, '\n'), *third = second != NULL ? strchr(second + 1, '\n') : NULL;
    assert_ptr_equal(strstr(error, "--secret /nosuch: expected"), error);
    assert_non_null(third);
    assert_ptr_equal(strstr(second, "--workers x: expected"), second + 1);
    assert_string_equal(third + 1, "--dance: no such option; see --help"); /* what follows may be its value */
}

static void errors_name_the_option_and_what_is_expected(void **state)
{
    static const struct {
        const char *line[7];
        const char *option, *expected;
    } rows[] = {
        {{NULL}, "--open", "--secret"},
        {{"--open", "--dance", NULL}, "--dance", "--help"},
        {{"--open", "now", NULL}, "now", "--help"},
        {{"--open=yes", NULL}, "--open", "no value"},
        {{"--open", "--http", NULL}, "--http", "a value"},
        {{"--open", "--http", "8080", NULL}, "--http", "ADDRESS:PORT"},
        {{"--open", "--http", "example.org:8080", NULL}, "--http", "ADDRESS:PORT"},
        {{"--open", "--http", "127.0.0.1:65536", NULL}, "--http", "ADDRESS:PORT"},
        {{"--open", "--http", "::1:80", NULL}, "--http", "ADDRESS:PORT"},
        {{"--open", "--http", "[127.0.0.1]:80", NULL}, "--http", "ADDRESS:PORT"},
        {{"--open", "--media-port", "0", NULL}, "--media-port", "1 to 65535"},
        {{"--open", "--media-port", "4x", NULL}, "--media-port", "1 to 65535"},
        {{"--open", "--media-port", "-1", NULL}, "--media-port", "1 to 65535"},
        {{"--open", "--media-port=65535", "--workers", "2", NULL}, "--media-port", "too high"},
        {{"--open", "--media-port=8080", NULL}, "--media-port", "--http"},
        {{"--open", "--media-port=8078", "--workers=3", NULL}, "--media-port", "--http"},
        {{"--open", "--ice-policy", "relay", NULL}, "--ice-policy", "--ice-server"},
        {{"--open", "--ice-policy", "relay", "--ice-server", "stun:h", NULL}, "--ice-policy", "--ice-server"},
        {{"--open", "--ice-server", "turn:h", NULL}, "--ice-server", "--turn-secret"},
        {{"--open", "--ice-server", "stun:h", "--ice-server", "turns:h"}, "--ice-server", "--turn-secret"},
        {{"--open", "--turn-lifetime", "600", NULL}, "--turn-lifetime", "--turn-secret"},
        {{"--open", "--workers", "65", NULL}, "--workers", "1 to 64"},
        {{"--open", "--turn-lifetime", "0", NULL}, "--turn-lifetime", "10 to 2592000"},
        {{"--open", "--turn-lifetime", "-1", NULL}, "--turn-lifetime", "10 to 2592000"},
        {{"--open", "--turn-lifetime", "2592001", NULL}, "--turn-lifetime", "10 to 2592000"},
        {{"--open", "--room-share", "0", NULL}, "--room-share", "1 to 1000"},
        {{"--open", "--public-ip", "example.org", NULL}, "--public-ip", "IPv4"},
        {{"--open", "--public-ip", "192.0.2.1,", NULL}, "--public-ip", "IPv4"},
        {{"--open", "--public-ip", "0.0.0.0", NULL}, "--public-ip", "can reach"},
        {{"--open", "--public-ip", "224.0.0.1", NULL}, "--public-ip", "can reach"},
        {{"--open", "--public-ip", "192.0.2.1,255.255.255.255", NULL}, "--public-ip", "can reach"},
        {{"--open", "--public-ip", "::", NULL}, "--public-ip", "can reach"},
        {{"--open", "--public-ip", "ff02::1", NULL}, "--public-ip", "can reach"},
        {{"--open", "--public-ip", "::ffff:224.0.0.1", NULL}, "--public-ip", "can reach"},
        {{"--open", "--mesh-max", "33", NULL}, "--mesh-max", "0 to 32"},
        {{"--open", "--mesh-max", "", NULL}, "--mesh-max", "0 to 32"},
        {{"--open", "--mesh-max", " 1", NULL}, "--mesh-max", "0 to 32"},
        {{"--open", "--mesh-max", "+1", NULL}, "--mesh-max", "0 to 32"},
        {{"--open", "--mesh-max", "18446744073709551617", NULL}, "--mesh-max", "0 to 32"},
        {{"--open", "--mesh-hold", "3601", NULL}, "--mesh-hold", "0 to 3600"},
        {{"--open", "--dedicated-slots", "101", NULL}, "--dedicated-slots", "0 to 100"},
        {{"--open", "--audio-slots", "0", NULL}, "--audio-slots", "1 to 8"},
        {{"--open", "--egress-window", "20001", NULL}, "--egress-window", "0 to 20000"},
        {{"--open", "--max-rooms", "0", NULL}, "--max-rooms", "1 to 1000000"},
        {{"--open", "--max-participants", "1001", NULL}, "--max-participants", "1 to 1000"},
        {{"--open", "--grace", "0", NULL}, "--grace", "1 to 86400"},
        {{"--open", "--allow-origin", "app.example", NULL}, "--allow-origin", "SCHEME://"},
        {{"--open", "--web", "/nowhere/at/all", NULL}, "--web", "index.html"},
        {{"--open", "--packet-trace", "", NULL}, "--packet-trace", "a path"},
        {{"--open", "--crypto", "rot13", NULL}, "--crypto", "openssl"},
        {{"--open", "--core-dumps=1", NULL}, "--core-dumps", "no value"},
        {{"--open", "--ice", "heavy", NULL}, "--ice", "lite or full"},
        {{"--open", "--ice-policy", "none", NULL}, "--ice-policy", "all or relay"},
        {{"--open", "--ice-server", "http://x", NULL}, "--ice-server", "stun:"},
        {{"--open", "--ice-server", "turn:user@host", NULL}, "--ice-server", "USER:PASSWORD"},
        {{"--open", "--ice-server", "turn:h?transport=sctp", NULL}, "--ice-server", "transport="},
        {{"--open", "--ice-server", "stun:h:123456", NULL}, "--ice-server", "PORT"},
        {{"--open", "--ice-server", "stun:192.0.2.1:70000", NULL}, "--ice-server", "PORT"},
        {{"--open", "--srtp", "NULL", NULL}, "--srtp", "AEAD_AES_128_GCM"},
        {{"--open", "--srtp", "AEAD_AES_128_GCM:", NULL}, "--srtp", "AEAD_AES_128_GCM"},
        {{"--open", "--no-udp", "--no-tcp", NULL}, "--no-udp", "one of them"},
        {{"--open", "--tls-cert", "c.pem", NULL}, "--tls-key", "both"},
        {{"--open", "--log", "loud", NULL}, "--log", "warning"},
        {{"--open", "--services", "/nowhere", NULL}, "--services", "nats://HOST"},
        {{"--open", "--services", "nats://h", NULL}, "--services-url", "reach this server"},
        {{"--open", "--services-url", "http://h/", NULL}, "--services-url", "nats://HOST"},
        {{"--open", "--services-url", "ws://h/", NULL}, "--services-url", "https://HOST"},
        {{"--open", "--services", "nats://h", "--services-url", "http://h/", "--mp4", NULL}, "--mp4", "heddle-service"},
        {{"--open", "--services", "nats://h", "--services-url", "http://h/", "--encoder=auto", NULL},
         "--encoder",
         "heddle-service"},
        {{"--open", "--encoder", "gpu", NULL}, "--encoder", "vaapi or nvenc"},
        {{"--open", "--encoder", "vaapi", NULL}, "--encoder", "--mp4"},
        {{"--secret", "/nowhere/at/all", NULL}, "--secret", "bytes: No such file"},
        {{"--open", "--public-ip", "fe80::1", NULL}, "--public-ip", "clients can reach"},
        {{"--open", "--public-ip", "febf::1", NULL}, "--public-ip", "clients can reach"},
        {{"--secret=", NULL}, "--secret ''", "No such file"},
        {{"--secret", "/tmp", NULL}, "--secret", "bytes: Is a directory"},
        {{"--secret", "/dev/zero", NULL}, "--secret", "16 to 511 bytes: it is no regular file"},
        {{"--open", "--turn-secret", "/nowhere/at/all", NULL}, "--turn-secret", "bytes: No such file"},
        {{"--open", "--turn-secret", "/dev/null", NULL}, "--turn-secret", "1 to 254 bytes: it is no regular file"},
    };
    static struct config config;
    char error[256];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (parse(&config, error, sizeof error, rows[i].line) == 0)
            fail_msg("row %zu was accepted", i);
        if (strstr(error, rows[i].option) == NULL || strstr(error, rows[i].expected) == NULL)
            fail_msg("row %zu: %s", i, error);
    }
}

static void write_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void keys_come_from_files(void **state)
{
    char path[] = "/tmp/heddle-test-XXXXXX", short_path[] = "/tmp/heddle-test-XXXXXX";
    static struct config config;
    char error[256];
    (void)state;
    char limit_path[] = "/tmp/heddle-test-XXXXXX", text[256];
    memset(text, 'k', 254);
    strcpy(text + 254, "\n");
    write_file(limit_path, text);
    const char *const longest[] = {"--open", "--turn-secret", limit_path, "--ice-server", "turn:h", NULL};
    assert_int_equal(parse(&config, error, sizeof error, longest), 0);
    assert_int_equal(strlen(config.ice_servers.secret), 254); /* the line end is no part of it */
    unlink(limit_path);
    write_file(path, "0123456789abcdef\n");
    write_file(short_path, "0123456789abcde\n");
    const char *const good[] = {"--secret", path, "--turn-secret", path, "--ice-server", "turn:h", NULL};
    const char *const unused[][7] = {{"--open", "--turn-secret", path},
                                     {"--open", "--turn-secret", path, "--ice-server", "stun:h"},
                                     {"--open", "--turn-secret", path, "--ice-server", "turn:u:p@h"}};
    const char *const both[] = {"--secret", path, "--open", NULL};
    const char *const too_short[] = {"--secret", short_path, NULL};
    assert_int_equal(parse(&config, error, sizeof error, good), 0);
    assert_int_equal(config.secret_length, 16); /* without the line end */
    assert_string_equal(config.ice_servers.secret, "0123456789abcdef");
    assert_int_not_equal(parse(&config, error, sizeof error, both), 0);
    assert_int_not_equal(parse(&config, error, sizeof error, too_short), 0);
    for (size_t i = 0; i < sizeof unused / sizeof unused[0]; i++) {
        assert_int_not_equal(parse(&config, error, sizeof error, unused[i]), 0);
        assert_non_null(strstr(error, "--turn-secret"));
        assert_non_null(strstr(error, "--ice-server turn:HOST"));
    }
    unlink(path);
    unlink(short_path);
}

static void keys_have_a_least_and_a_largest_length(void **state)
{
    static const struct {
        const char *option;
        size_t length;
        const char *reason;
    } rows[] = {{"--secret", 0, "16 to 511 bytes: it is shorter"},      {"--secret", 15, "it is shorter"},
                {"--secret", 512, "16 to 511 bytes: it is longer"},     {"--secret", 5000, "it is longer"},
                {"--turn-secret", 0, "1 to 254 bytes: it is shorter"},  {"--turn-secret", 255, "it is longer"},
                {"--turn-secret", 5000, "1 to 254 bytes: it is longer"}};
    static struct config config;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[] = "/tmp/heddle-test-XXXXXX", error[256], text[5001] = "";
        memset(text, 'k', rows[i].length);
        write_file(path, text);
        const char *const given[] = {rows[i].option, path, NULL};
        assert_int_not_equal(parse(&config, error, sizeof error, given), 0);
        assert_non_null(strstr(error, rows[i].reason));
        unlink(path);
    }
}

/* Expected values by: printf 1790086400:p3 | openssl dgst -sha1 -hmac 0123456789abcdef -binary | base64 */
static void makes_expiring_turn_credentials(void **state)
{
    struct ice_servers servers = {.secret = "0123456789abcdef"};
    (void)state;
    assert_int_equal(ice_servers_add(&servers, "stun:h:3478"), 0);
    assert_int_equal(ice_servers_add(&servers, "turn:h:3478"), 0);
    assert_int_equal(ice_servers_add(&servers, "turns:u:p@h"), 0);
    json_t *list = ice_servers_json(&servers, "p3", 1790000000);
    assert_int_equal(json_array_size(list), 3);
    assert_null(json_object_get(json_array_get(list, 0), "credential"));
    const json_t *turn = json_array_get(list, 1);
    assert_string_equal(json_string_value(json_object_get(turn, "username")), "1790086400:p3");
    assert_string_equal(json_string_value(json_object_get(turn, "credential")), "kEoRL7AaOy5jE0AvwFf0NT/hh9s=");
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 2), "username")), "u");
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 2), "credential")), "p");
    json_decref(list);
    assert_int_equal(ice_servers_life_s(&servers), 86400);
    servers.lifetime_s = 600;
    assert_int_equal(ice_servers_life_s(&servers), 600);
    struct ice_servers fixed = {.secret = "0123456789abcdef"};
    assert_int_equal(ice_servers_add(&fixed, "turns:u:p@h"), 0);
    assert_int_equal(ice_servers_add(&fixed, "stun:h"), 0);
    assert_int_equal(ice_servers_life_s(&fixed), 0); /* nothing of it expires */
}

/* ... and no other. */
static void help_names_every_option(void **state)
{
    static const char *const names[] = {
        "--open",
        "--secret",
        "--http",
        "--tls-cert",
        "--tls-key",
        "--allow-origin",
        "--web",
        "--media-port",
        "--workers",
        "--room-share",
        "--public-ip",
        "--mesh-max",
        "--dedicated-slots",
        "--audio-slots",
        "--mesh-hold",
        "--egress-window",
        "--packet-trace",
        "--ice",
        "--no-udp",
        "--no-tcp",
        "--srtp",
        "--crypto",
        "--ice-server",
        "--turn-secret",
        "--turn-lifetime",
        "--ice-policy",
        "--max-rooms",
        "--max-participants",
        "--services",
        "--max-mixers",
        "--recordings",
        "--mp4",
        "--services-url",
        "--hls",
        "--rtmp",
        "--encoder",
        "--max-recorders",
        "--grace",
        "--log",
        "--log-addresses",
        "--core-dumps",
        "--help",
        "--version",
    };
    bool is_named[sizeof names / sizeof names[0]] = {false};
    (void)state;
    for (const char *at = config_help(); (at = strstr(at, "--")) != NULL;) {
        size_t length = strspn(at, "-abcdefghijklmnopqrstuvwxyz0123456789"), i = 0;
        while (i < sizeof names / sizeof names[0] && (strlen(names[i]) != length || memcmp(names[i], at, length) != 0))
            i++;
        if (i == sizeof names / sizeof names[0])
            fail_msg("%.*s", (int)length, at);
        is_named[i] = true;
        at += length;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        static struct config config;
        char error[256] = "";
        const char *const line[] = {"--open", names[i], NULL};
        (void)parse(&config, error, sizeof error, line);
        if (!is_named[i] || strstr(error, "no such option") != NULL)
            fail_msg("%s: %s", names[i], error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_line_that_scripts_use),
        cmocka_unit_test(repeats_lists_and_reads_addresses),
        cmocka_unit_test(all_options_that_are_wrong_are_named_at_once),
        cmocka_unit_test(errors_name_the_option_and_what_is_expected),
        cmocka_unit_test(keys_come_from_files),
        cmocka_unit_test(keys_have_a_least_and_a_largest_length),
        cmocka_unit_test(makes_expiring_turn_credentials),
        cmocka_unit_test(help_names_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
