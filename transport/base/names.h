/* How long ids can be, at both ends of a call. All in characters, without a 0 at the end. */
#ifndef HEDDLE_TRANSPORT_BASE_NAMES_H
#define HEDDLE_TRANSPORT_BASE_NAMES_H

#define PARTICIPANT_ID_MAX 32
#define SOURCE_MAX 16                                            /* "camera", "screen-2-audio" */
#define PUBLICATION_ID_MAX (PARTICIPANT_ID_MAX + 1 + SOURCE_MAX) /* "p7/camera" */

#endif
