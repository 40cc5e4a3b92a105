/* What a connection may bring, whichever backend carries it. */
#ifndef HEDDLE_NET_CONNECTION_LIMITS_H
#define HEDDLE_NET_CONNECTION_LIMITS_H

#include "transport/base/budget.h"

/* Chromium sends about 20 checks a second while it connects, and one in 2.5 s later; libnice sends 50 at most. */
static const struct budget_limit connection_checks_limit = {.per_second = 100, .burst = 200};
/* 100 Mbit/s of full packets; a publisher of three encodings with 5 Mbit/s needs a twentieth. */
static const struct budget_limit connection_datagrams_limit = {.per_second = 10000, .burst = 5000};

#endif
