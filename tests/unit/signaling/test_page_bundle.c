/* Modules joined into one text: in the right order, with what each imports and exports; and cut into parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/http/page_bundle.h"
#include "signaling/http/page_parts.h"
#include "transport/base/memory.h"

struct module {
    const char *name, *text;
};

static char *text_of(void *user, const char *name)
{
    for (const struct module *module = user; module->name != NULL; module++)
        if (strcmp(module->name, name) == 0)
            return mem_text(module->text);
    return NULL;
}

static void test_modules_come_after_those_that_they_need(void **state)
{
    static const struct module modules[] = {
        {"app.js",
         "// The page.\n\nimport { Tile } from './ui/tile.js';\nimport { text } from './i18n.js';\n\n/**\n * Two "
         "lines.\n */\nfunction start() {\n  // said\n  return new Tile(text('a')); // not kept\n}\n"
         "start(`https://x // y`); // it's\nconst c = /'/; // kept\n"},
        {"ui/tile.js",
         "import { text as words } from '../i18n.js';\n\nexport class Tile {\n  /** @type {string} */ a = "
         "words('b');\n}\n\nexport async function open() {}\n"},
        {"i18n.js", "export const text = (key) => key;\nexport function later() {}"},
        {NULL, NULL}};
    char problem[256];
    struct page_bundle bundle;
    (void)state;
    assert_true(page_bundle(&bundle, "app.js", text_of, (void *)modules, problem));
    assert_string_equal(
        bundle.text,
        "m[2] = (() => {\nconst text = (key) => key;\nfunction later() {}\nreturn { text, later, };\n"
        "})();\n"
        "m[1] = (() => {\nconst { text: words } = m[2];\nclass Tile {\n/** @type {string} */ a = "
        "words('b');\n}\nasync function open() {}\nreturn { Tile, open, };\n})();\n"
        "m[0] = (() => {\nconst { Tile } = m[1];\nconst { text } = m[2];\nfunction start() {\n"
        "return new Tile(text('a'));\n}\nstart(`https://x // y`);\nconst c = /'/; // kept\nreturn { };\n})();\n");
    assert_int_equal(bundle.count, 3);
    assert_int_equal(bundle.ends[2], strlen(bundle.text));
    for (size_t i = 0; i < 2; i++)
        assert_memory_equal(bundle.text + bundle.ends[i], i == 0 ? "m[1]" : "m[0]", 4);
    free(bundle.text);
}

static void test_what_is_written_otherwise_is_named(void **state)
{
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"import { a } from './none.js';\n", "none.js: no such module"},
        {"import { a } from './app.js';\n", "app.js: it needs itself"},
        {"import { a } from '../../x.js';\n", "app.js: an import from outside"},
        {"import { a } from 'left-pad';\n", "app.js: an import from outside"},
        {"import './side.js';\n", "app.js: an import that is not like"},
        {"import all from './b.js';\n", "app.js: an import without names"},
        {"import {\n  a,\n} from './b.js';\n", "app.js: an import that is not like"},
        {"export default 5;\n", "app.js: an export that is no"},
        {"export { a };\n", "app.js: an export that is no"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct module modules[] = {{"app.js", cases[i].text}, {"b.js", "export const a = 1;\n"}, {NULL, NULL}};
        char problem[256] = "";
        struct page_bundle bundle;
        assert_false(page_bundle(&bundle, "app.js", text_of, (void *)modules, problem));
        assert_null(bundle.text);
        assert_ptr_equal(strstr(problem, cases[i].problem), problem);
    }
}

/* Modules of noise, which packing makes no shorter. */
static struct page_bundle noise(const size_t *sizes, size_t count)
{
    struct page_bundle bundle = {.count = count};
    uint32_t state = 1;
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        bundle.ends[i] = length += sizes[i];
    bundle.text = mem_array(length, 1);
    for (size_t i = 0; i < length; i++) {
        state = state * 1664525 + 1013904223;
        bundle.text[i] = (char)(state >> 24);
    }
    return bundle;
}

static void test_a_part_is_as_long_as_its_connection_carries_at_once(void **state)
{
    static const struct {
        size_t modules, sizes[6], parts, ends[PAGE_PARTS_MAX]; /* ends: of modules */
    } cases[] = {
        {1, {100}, 1, {1}},
        {1, {200000}, 1, {1}},
        {3, {19000, 19000, 19000}, 1, {3}},
        {4, {25000, 25000, 8000, 9000}, 2, {3, 4}},
        {4, {60000, 9000, 9000, 1000}, 3, {1, 2, 4}},
        {6, {60000, 9000, 9000, 9000, 9000, 9000}, 4, {1, 2, 3, 6}}, /* the last one has all that is left */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct page_bundle bundle = noise(cases[i].sizes, cases[i].modules);
        size_t ends[PAGE_PARTS_MAX];
        assert_int_equal(page_parts(&bundle, ends), cases[i].parts);
        for (size_t part = 0; part < cases[i].parts; part++)
            assert_int_equal(ends[part], bundle.ends[cases[i].ends[part] - 1]);
        free(bundle.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modules_come_after_those_that_they_need),
        cmocka_unit_test(test_what_is_written_otherwise_is_named),
        cmocka_unit_test(test_a_part_is_as_long_as_its_connection_carries_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
