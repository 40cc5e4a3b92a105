/* Any bytes as a text of others that is printed: what is left is UTF-8 without control characters, and is left as it is
 * when it is cleaned again. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "client/printable.h"
#include "tests/support/pieces.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = pieces_text(data, size);
    printable_clean(text);
    for (const char *at = text; *at != '\0'; at++)
        CHECK((unsigned char)*at >= ' ' && *at != 127);
    json_t *string = json_string(text); /* NULL: not UTF-8 */
    CHECK(string != NULL);
    printable_clean(text);
    CHECK(strcmp(text, json_string_value(string)) == 0);
    json_decref(string);
    free(text);
    return 0;
}
