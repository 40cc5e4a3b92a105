/* A network namespace for this process and the servers it starts, with one interface whose addresses are all local. For
 * servers that will not use the loopback interface: nothing leaves the machine, and packets take the same way through
 * the kernel as on loopback. */
#ifndef HEDDLE_BENCH_PRIVATE_NETWORK_H
#define HEDDLE_BENCH_PRIVATE_NETWORK_H

#define PRIVATE_NETWORK_SERVER "198.18.0.1" /* of the range for benchmarks, RFC 2544 */
#define PRIVATE_NETWORK_CLIENTS 0xc6120101u /* 198.18.1.1 and on */

/* Before any thread or socket. Needs root or user namespaces, and iproute2. NULL, or what was wrong and what to do. */
const char *private_network_enter(void);

#endif
