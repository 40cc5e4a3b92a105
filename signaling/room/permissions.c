#include "signaling/room/permissions.h"

#include <string.h>

#include "signaling/proto/names.h"

struct permissions permissions_default(void)
{
    return (struct permissions){.chat = true, .publish = (1u << MESSAGE_SOURCES_OF_PEOPLE) - 1};
}

struct permissions permissions_of_service(enum service_kind service)
{
    const unsigned mixes = (1u << MESSAGE_SOURCES) - (1u << MESSAGE_SOURCES_OF_PEOPLE);
    return (struct permissions){.service = service, .publish = service == SERVICE_MIXER ? mixes : 0};
}

const char *service_kind_name(enum service_kind service)
{
    static const char *const names[] = {
        [SERVICE_NONE] = "none", [SERVICE_MIXER] = "mixer", [SERVICE_RECORDER] = "recorder"};
    return names[service];
}

static bool read_service(struct permissions *out, const json_t *claim)
{
    for (int i = SERVICE_MIXER; i <= SERVICE_RECORDER; i++) {
        if (!json_is_string(claim) || strcmp(json_string_value(claim), service_kind_name((enum service_kind)i)) != 0)
            continue;
        *out = permissions_of_service((enum service_kind)i);
        return true;
    }
    return false;
}

/* *out stays as it was when there is no such claim. */
static bool read_flag(const json_t *claims, const char *name, bool *out)
{
    const json_t *value = json_object_get(claims, name);
    if (value == NULL || json_is_null(value))
        return true;
    *out = json_is_true(value);
    return json_is_boolean(value);
}

/* With a source its second one is meant, too, and not by itself. */
static bool read_sources(const json_t *claims, const char *name, unsigned *out)
{
    const json_t *list = json_object_get(claims, name), *item;
    size_t index;
    if (list == NULL || json_is_null(list))
        return true;
    *out = 0;
    json_array_foreach(list, index, item)
    {
        int source = json_is_string(item) ? message_source_index(json_string_value(item)) : -1;
        if (source < 0 || source >= MESSAGE_SOURCES_OF_PEOPLE || message_source_first(source) != source)
            return false;
        for (int i = 0; i < MESSAGE_SOURCES_OF_PEOPLE; i++)
            if (message_source_first(i) == source)
                *out |= 1u << i;
    }
    return json_is_array(list);
}

const char *permissions_read(struct permissions *out, const json_t *claims)
{
    const json_t *service = json_object_get(claims, "service");
    *out = permissions_default();
    if (service != NULL && !json_is_null(service))
        return read_service(out, service) ? NULL : "service";
    const struct {
        const char *name;
        bool *out;
    } flags[] = {{"host", &out->host}, {"chat", &out->chat}, {"pin", &out->pin}, {"record", &out->record}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (!read_flag(claims, flags[i].name, flags[i].out))
            return flags[i].name;
    return read_sources(claims, "publish", &out->publish) ? NULL : "publish";
}

json_t *permissions_json(const struct permissions *permissions)
{
    json_t *json =
        json_pack("{s:b,s:b,s:b}", "chat", permissions->chat, "pin", permissions->pin, "record", permissions->record);
    for (int i = 0; i < MESSAGE_SOURCES_OF_PEOPLE; i++)
        json_object_set_new(json, message_source_name(i), json_boolean((permissions->publish & 1u << i) != 0));
    return json;
}
