#include "router/worker/command.h"

#include <stdlib.h>

#include "transport/base/memory.h"
#include "transport/base/message_head.h"
#include "transport/wire/media_form.h"

#define HEAD_MAX 2048 /* of a command without its lists */
#define NAMES_MAX 128 /* of a send, a receive or a request */

enum { LINE_IS_RECEIVED = 1, LINE_IS_SENT = 2, LINE_FLAGS = 3 };

void command_fini(struct command *command)
{
    connection_setup_fini(&command->setup);
    free(command->requests);
}

size_t command_size(const struct command *command)
{
    const struct connection_setup *setup = &command->setup;
    size_t names = setup->send_count + setup->receive_count + command->request_count;
    return HEAD_MAX + setup->media_count * MEDIA_FORM_MAX + names * NAMES_MAX;
}

static void write_credentials(struct byte_writer *writer, const struct ice_credentials *credentials)
{
    write_long_text(writer, credentials->ufrag);
    write_long_text(writer, credentials->pwd);
}

static void write_line(struct byte_writer *writer, const struct media *media)
{
    media_form_write(writer, media);
    write_u8(writer, (uint8_t)((media->receive ? LINE_IS_RECEIVED : 0) | (media->send ? LINE_IS_SENT : 0)));
    write_u32(writer, media->send_ssrc);
    write_u32(writer, media->send_rtx_ssrc);
    write_u8(writer, media->promoted_payload_type);
}

static void write_setup(struct byte_writer *writer, const struct connection_setup *setup)
{
    write_credentials(writer, &setup->local);
    write_credentials(writer, &setup->remote);
    write_flag(writer, setup->is_dtls_client);
    write_flag(writer, setup->is_gcm_only);
    write_u16(writer, setup->sctp_port);
    write_text(writer, setup->fingerprint_algorithm);
    write_text(writer, setup->fingerprint);
    write_u16(writer, (uint16_t)setup->media_count);
    write_u16(writer, (uint16_t)setup->send_count);
    write_u16(writer, (uint16_t)setup->receive_count);
    for (size_t i = 0; i < setup->media_count; i++)
        write_line(writer, &setup->media[i]);
    for (size_t i = 0; i < setup->send_count; i++) {
        write_text(writer, setup->sends[i].mid);
        write_text(writer, setup->sends[i].source);
        write_flag(writer, setup->sends[i].muted);
    }
    for (size_t i = 0; i < setup->receive_count; i++) {
        write_text(writer, setup->receives[i].mid);
        write_text(writer, setup->receives[i].publication);
    }
}

static void write_endpoints(struct byte_writer *writer, const struct relay_endpoints *endpoints)
{
    write_u8(writer, (uint8_t)endpoints->count);
    for (size_t i = 0; i < endpoints->count; i++)
        write_u16(writer, endpoints->numbers[i]);
}

static void write_requests(struct byte_writer *writer, const struct router_request *requests, size_t count)
{
    write_u16(writer, (uint16_t)count);
    for (size_t i = 0; i < count; i++) {
        write_text(writer, requests[i].mid);
        write_flag(writer, requests[i].keeps_show);
        write_text(writer, requests[i].show);
        write_u16(writer, requests[i].width);
        write_u16(writer, requests[i].height);
        write_u8(writer, requests[i].priority);
    }
}

static void write_fields(struct byte_writer *writer, const struct command *command)
{
    switch (command->type) {
    case COMMAND_OPEN:
        write_text(writer, command->room);
        write_text(writer, command->participant);
        break;
    case COMMAND_CONFIGURE:
        write_setup(writer, &command->setup);
        break;
    case COMMAND_RELAY_TO:
        write_endpoints(writer, &command->endpoints);
        break;
    case COMMAND_CANDIDATE:
        write_long_text(writer, command->candidate);
        break;
    case COMMAND_MUTE:
        write_text(writer, command->source);
        write_flag(writer, command->muted);
        break;
    case COMMAND_RECEIVE:
        write_requests(writer, command->requests, command->request_count);
        break;
    case COMMAND_STATS:
        write_u64(writer, command->request);
        break;
    case COMMAND_TELL_AGAIN:
    case COMMAND_CLOSE:
    case COMMAND_STOP:
        break;
    }
}

int command_write(const struct command *command, uint8_t *out, size_t capacity)
{
    struct byte_writer writer = {.out = out, .capacity = capacity};
    write_head(&writer, COMMAND_VERSION, (uint8_t)command->type, command->id);
    write_fields(&writer, command);
    return write_end(&writer);
}

/* These check values; whether the bytes were there, byte_reader tells in the end. */

/* A count of m-lines, or of items of which each m-line has at most one. */
static bool read_long_count(struct byte_reader *reader, size_t *count)
{
    size_t given = read_u16(reader);
    bool is_valid = given <= CONNECTION_MEDIA_MAX;
    *count = is_valid ? given : 0;
    return is_valid;
}

static bool read_credentials(struct byte_reader *reader, struct ice_credentials *credentials)
{
    return read_long_text(reader, credentials->ufrag, sizeof credentials->ufrag) &&
           read_long_text(reader, credentials->pwd, sizeof credentials->pwd);
}

static bool read_line(struct byte_reader *reader, struct media *media)
{
    bool is_valid = media_form_read(reader, media);
    uint8_t flags = read_u8(reader);
    media->receive = (flags & LINE_IS_RECEIVED) != 0;
    media->send = (flags & LINE_IS_SENT) != 0;
    media->send_ssrc = read_u32(reader);
    media->send_rtx_ssrc = read_u32(reader);
    media->promoted_payload_type = read_u8(reader);
    return is_valid && flags <= LINE_FLAGS;
}

static bool read_send(struct byte_reader *reader, struct router_send *send)
{
    return read_text(reader, send->mid, sizeof send->mid) && read_text(reader, send->source, sizeof send->source) &&
           read_flag(reader, &send->muted);
}

static bool read_receive(struct byte_reader *reader, struct router_receive *receive)
{
    return read_text(reader, receive->mid, sizeof receive->mid) &&
           read_text(reader, receive->publication, sizeof receive->publication);
}

static bool read_lists(struct byte_reader *reader, struct connection_setup *setup)
{
    bool is_valid = read_long_count(reader, &setup->media_count) && read_long_count(reader, &setup->send_count) &&
                    read_long_count(reader, &setup->receive_count);
    setup->media = mem_array(setup->media_count, sizeof *setup->media);
    setup->sends = mem_array(setup->send_count, sizeof *setup->sends);
    setup->receives = mem_array(setup->receive_count, sizeof *setup->receives);
    for (size_t i = 0; is_valid && !reader->has_failed && i < setup->media_count; i++)
        is_valid = read_line(reader, &setup->media[i]);
    for (size_t i = 0; is_valid && !reader->has_failed && i < setup->send_count; i++)
        is_valid = read_send(reader, &setup->sends[i]);
    for (size_t i = 0; is_valid && !reader->has_failed && i < setup->receive_count; i++)
        is_valid = read_receive(reader, &setup->receives[i]);
    return is_valid;
}

static bool read_port(struct byte_reader *reader, uint16_t *port)
{
    *port = read_u16(reader);
    return true;
}

static bool read_setup(struct byte_reader *reader, struct connection_setup *setup)
{
    return read_credentials(reader, &setup->local) && read_credentials(reader, &setup->remote) &&
           read_flag(reader, &setup->is_dtls_client) && read_flag(reader, &setup->is_gcm_only) &&
           read_port(reader, &setup->sctp_port) &&
           read_text(reader, setup->fingerprint_algorithm, sizeof setup->fingerprint_algorithm) &&
           read_text(reader, setup->fingerprint, sizeof setup->fingerprint) && read_lists(reader, setup);
}

static bool read_endpoints(struct byte_reader *reader, struct relay_endpoints *endpoints)
{
    bool is_valid = read_count(reader, RELAY_ENDPOINTS_MAX, &endpoints->count);
    for (size_t i = 0; i < endpoints->count; i++)
        endpoints->numbers[i] = read_u16(reader);
    return is_valid;
}

static bool read_request(struct byte_reader *reader, struct router_request *request)
{
    bool is_valid = read_text(reader, request->mid, sizeof request->mid) && read_flag(reader, &request->keeps_show) &&
                    read_text(reader, request->show, sizeof request->show);
    request->width = read_u16(reader);
    request->height = read_u16(reader);
    request->priority = read_u8(reader);
    return is_valid;
}

static bool read_requests(struct byte_reader *reader, struct command *command)
{
    bool is_valid = read_long_count(reader, &command->request_count);
    command->requests = mem_array(command->request_count, sizeof *command->requests);
    for (size_t i = 0; is_valid && !reader->has_failed && i < command->request_count; i++)
        is_valid = read_request(reader, &command->requests[i]);
    return is_valid;
}

static int read_fields(struct byte_reader *reader, struct command *command)
{
    bool is_valid = true;
    switch (command->type) {
    case COMMAND_OPEN:
        is_valid = read_text(reader, command->room, sizeof command->room) &&
                   read_text(reader, command->participant, sizeof command->participant);
        break;
    case COMMAND_CONFIGURE:
        is_valid = read_setup(reader, &command->setup);
        break;
    case COMMAND_RELAY_TO:
        is_valid = read_endpoints(reader, &command->endpoints);
        break;
    case COMMAND_CANDIDATE:
        is_valid = read_long_text(reader, command->candidate, sizeof command->candidate);
        break;
    case COMMAND_MUTE:
        is_valid = read_text(reader, command->source, sizeof command->source) && read_flag(reader, &command->muted);
        break;
    case COMMAND_RECEIVE:
        is_valid = read_requests(reader, command);
        break;
    case COMMAND_STATS:
        command->request = read_u64(reader);
        break;
    case COMMAND_TELL_AGAIN:
    case COMMAND_CLOSE:
    case COMMAND_STOP:
        break;
    default:
        return ERR_UNSUPPORTED;
    }
    return read_end(reader, is_valid);
}

int command_read(struct command *command, const uint8_t *data, size_t length)
{
    struct byte_reader reader = {.data = data, .left = length};
    uint8_t type;
    *command = (struct command){0};
    int error = read_head(&reader, COMMAND_VERSION, &type, &command->id);
    command->type = (enum command_type)type;
    return error != 0 ? error : read_fields(&reader, command);
}
