/* The command line of heddle-client. */
#ifndef HEDDLE_CLIENT_OPTIONS_H
#define HEDDLE_CLIENT_OPTIONS_H

#include "client/include/heddle_client.h"

#define OPTIONS_FILES_MAX 16

struct options {
    struct heddle_client_config client;
    struct heddle_client_media media;
    const char *second_video; /* of a second camera; NULL: none */
    double duration_s;        /* 0: until Ctrl-C */
    bool json, quiet, progress, show, verbose, core_dumps, hand;
    const char *files[OPTIONS_FILES_MAX]; /* to be sent */
    size_t file_count;
    const char *receive_files; /* a folder; NULL: what is offered is declined */
    uint64_t receive_max;      /* bytes of all files together that are saved there */
    const char *mix;           /* "auto", "on", "off"; NULL: nothing was said */
    const char *data;          /* to be said to everybody who is there or comes; NULL: nothing */
};

/* 0; 1: done (help, version); or ERR_INVALID, said on standard error. The texts belong to `argv`. */
int client_options_parse(struct options *options, int argc, char **argv);

#endif
