/* Modules joined into one script: in the right order, with what each imports and exports; the page's own ones, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/http/page_bundle.h"
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
         "lines.\n */\nfunction start() {\n  // said\n  return new Tile(text('a')); // kept\n}\nstart();\n"},
        {"ui/tile.js",
         "import { text as words } from '../i18n.js';\n\nexport class Tile {\n  /** @type {string} */ a = "
         "words('b');\n}\n\nexport async function open() {}\n"},
        {"i18n.js", "export const text = (key) => key;\nexport function later() {}"},
        {NULL, NULL}};
    char problem[256];
    size_t length;
    char *script = page_bundle("app.js", text_of, (void *)modules, &length, problem);
    (void)state;
    assert_non_null(script);
    assert_int_equal(length, strlen(script));
    assert_string_equal(
        script, "const m2 = (() => {\nconst text = (key) => key;\nfunction later() {}\nreturn { text, later, };\n"
                "})();\n"
                "const m1 = (() => {\nconst { text: words } = m2;\nclass Tile {\n/** @type {string} */ a = "
                "words('b');\n}\nasync function open() {}\nreturn { Tile, open, };\n})();\n"
                "const m0 = (() => {\nconst { Tile } = m1;\nconst { text } = m2;\nfunction start() {\n"
                "return new Tile(text('a')); // kept\n}\nstart();\nreturn { };\n})();\n");
    free(script);
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
        size_t length;
        assert_null(page_bundle("app.js", text_of, (void *)modules, &length, problem));
        assert_ptr_equal(strstr(problem, cases[i].problem), problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modules_come_after_those_that_they_need),
        cmocka_unit_test(test_what_is_written_otherwise_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
