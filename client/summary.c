#include "client/summary.h"

#include "client/summary_parts.h"

json_t *summary_make(const struct heddle_client *client, double cpu_s)
{
    struct heddle_client_stats stats;
    heddle_client_get_stats(client, &stats);
    json_t *summary = summary_totals(&stats, cpu_s);
    json_t *remotes = json_array(), *connections = json_array(), *recoveries = json_array(), *switches = json_array();
    for (size_t i = 0; i < stats.remotes; i++) {
        struct heddle_client_remote remote;
        heddle_client_get_remote(client, i, &remote);
        json_array_append_new(remotes, summary_remote(&remote));
    }
    for (size_t i = 0; i < stats.connections; i++) {
        struct heddle_client_connection connection;
        heddle_client_get_connection(client, i, &connection);
        json_array_append_new(connections, summary_connection(&connection));
    }
    for (size_t i = 0; i < stats.recoveries; i++) {
        struct heddle_client_recovery recovery;
        heddle_client_get_recovery(client, i, &recovery);
        json_array_append_new(recoveries, summary_recovery(&recovery));
    }
    for (size_t i = 0; i < stats.switches; i++) {
        struct heddle_client_switch change;
        heddle_client_get_switch(client, i, &change);
        json_array_append_new(switches, summary_switch(&change));
    }
    json_object_set_new(summary, "remotes", remotes);
    json_object_set_new(summary, "connections", connections);
    json_object_set_new(summary, "recoveries", recoveries);
    json_object_set_new(summary, "switches", switches);
    return summary;
}
