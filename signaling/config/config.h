/* The server's command line. */
#ifndef HEDDLE_SIGNALING_CONFIG_H
#define HEDDLE_SIGNALING_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signaling/config/ice_servers.h"
#include "signaling/config/page_origin.h"
#include "signaling/config/recording_outputs.h"
#include "transport/base/log.h"
#include "transport/base/time.h"
#include "transport/peer/gcm.h"

#define CONFIG_PUBLIC_IP_MAX 7
#define CONFIG_WORKERS_MAX 64
#define CONFIG_URL_SIZE 512

struct config {
    bool help, version;
    bool open; /* no tokens needed */
    uint8_t secret[512];
    size_t secret_length; /* 0: open */
    char http_host[64];   /* "": every interface */
    uint16_t http_port;   /* 0: any that is free */
    const char *tls_certificate, *tls_key;
    bool core_dumps;             /* a crash may write the memory, keys and all, to disk */
    struct page_origins origins; /* pages beside our own that may connect when it is open */
    const char *web;             /* NULL: found by itself */
    uint16_t media_port;
    unsigned workers;  /* 0: one per core */
    size_t room_share; /* connections of a room on one worker, before it spreads */
    size_t public_ip_count;
    char public_ips[CONFIG_PUBLIC_IP_MAX][64];
    unsigned mesh_max;
    unsigned dedicated_slots, audio_slots;
    const char *packet_trace;
    usec_t egress_window;
    usec_t mesh_hold;
    usec_t grace;
    bool ice_full, no_udp, no_tcp, relay_only;
    const char *srtp_profiles;       /* NULL: the default order */
    const struct gcm_engine *crypto; /* what encrypts packets; NULL: the fastest */
    struct ice_servers ice_servers;
    size_t room_max, participant_max;
    const char *services; /* folder of the programs that rooms need; NULL: that of this program */
    bool no_services;
    const char *queue, *services_url; /* NATS, by which other machines are asked for them; where these reach us */
    struct recording_outputs outputs; /* of recorders on this machine */
    size_t mixers_max, recorders_max;
    enum log_level log_level;
    bool log_addresses;
};

/* ERR_INVALID: `error` names the options that are wrong, one a line, and what was expected of each. Texts of argv are
 * borrowed. */
int config_parse(struct config *config, int argc, char *const *argv, char *error, size_t size);
const char *config_help(void);
/* How many workers it asks for, on this machine: 1..CONFIG_WORKERS_MAX. */
unsigned config_workers(const struct config *config);
bool config_has_page(const char *folder);
bool config_is_page_url(const char *url); /* an address of pages, and one that fits */
bool config_has_program(const char *folder, const char *name);

#endif
