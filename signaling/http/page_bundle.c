#include "signaling/http/page_bundle.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 128
#define IDENTIFIER "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$"

struct module {
    char name[NAME_MAX_BYTES];
    bool is_written; /* else those that it needs are being written */
};

struct bundle {
    struct page_bundle *result;
    page_module_text *text;
    void *user;
    FILE *out;
    char *problem;
    size_t count;
    struct module modules[PAGE_MODULES_MAX];
};

static bool fail(struct bundle *bundle, const char *name, const char *what)
{
    snprintf(bundle->problem, 256, "%s: %s", name, what);
    return false;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* "../i18n.js" as "ui/tile.js" means it. False: it leads out of the folder, or is too long. */
static bool resolve(char out[NAME_MAX_BYTES], const char *from, const char *path, size_t length)
{
    const char *slash = strrchr(from, '/');
    size_t folder = slash != NULL ? (size_t)(slash - from) + 1 : 0;
    if (length >= 2 && begins(path, "./")) {
        path += 2;
        length -= 2;
    } else if (length >= 3 && begins(path, "../") && folder > 0) {
        path += 3;
        length -= 3;
        for (folder--; folder > 0 && from[folder - 1] != '/';)
            folder--;
    } else {
        return false;
    }
    return snprintf(out, NAME_MAX_BYTES, "%.*s%.*s", (int)folder, from, (int)length, path) < NAME_MAX_BYTES;
}

static bool write_module(struct bundle *bundle, const char *name, size_t *index);

/* The module that an `import` line names. */
static bool find_needed(struct bundle *bundle, const char *name, const char *line, size_t length, size_t *index)
{
    static const char from[] = " from '";
    char needed[NAME_MAX_BYTES];
    const char *path = memmem(line, length, from, sizeof from - 1);
    if (path == NULL || length < 3 || memcmp(line + length - 2, "';", 2) != 0)
        return fail(bundle, name, "an import that is not like: import { a, b } from './c.js';");
    path += sizeof from - 1;
    if (!resolve(needed, name, path, (size_t)(line + length - 2 - path)))
        return fail(bundle, name, "an import from outside of the folder");
    return write_module(bundle, needed, index);
}

static bool write_needed(struct bundle *bundle, const char *name, const char *text)
{
    size_t index;
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
        if (begins(line, "import ") && !find_needed(bundle, name, line, strcspn(line, "\n"), &index))
            return false;
    return true;
}

/* The names between the braces; in an import `a as b` is `a: b` where a variable takes it. */
static bool write_import(struct bundle *bundle, const char *name, const char *line, size_t length)
{
    size_t index;
    const char *open = memchr(line, '{', length), *close = memchr(line, '}', length);
    if (open == NULL || close == NULL || close < open)
        return fail(bundle, name, "an import without names");
    if (!find_needed(bundle, name, line, length, &index))
        return false;
    fputs("const ", bundle->out);
    for (const char *at = open; at <= close;) {
        bool is_renamed = begins(at, " as ");
        fputs(is_renamed ? ": " : (char[]){*at, '\0'}, bundle->out);
        at += is_renamed ? 4 : 1;
    }
    fprintf(bundle->out, " = m[%zu];\n", index);
    return true;
}

/* Without a comment at its end. One after a quote that seems to be open, as in a regular expression, stays. */
static size_t code_length(const char *line, size_t length)
{
    static const char quotes[] = "'\"`";
    unsigned open = 0; /* a bit for each kind */
    for (size_t i = 0; i + 4 < length; i++) {
        const char *quote = memchr(quotes, line[i], sizeof quotes - 1);
        if (quote != NULL)
            open ^= 1u << (quote - quotes);
        if (open == 0 && begins(line + i, " // "))
            return i;
    }
    return length;
}

/* What is exported, without the word; its name is kept for the end. */
static bool write_export(struct bundle *bundle, const char *name, const char *line, size_t length, FILE *exports)
{
    static const char *const kinds[] = {"const ", "class ", "function ", "async function "};
    const char *what = line + strlen("export ");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!begins(what, kinds[i]))
            continue;
        const char *exported = what + strlen(kinds[i]);
        fprintf(exports, "%.*s, ", (int)strspn(exported, IDENTIFIER), exported);
        fprintf(bundle->out, "%.*s\n", (int)code_length(what, length - (size_t)(what - line)), what);
        return true;
    }
    return fail(bundle, name, "an export that is no const, class or function");
}

/* The end of a comment that takes whole lines and begins here; NULL: none does. */
static const char *skip_comment(const char *at)
{
    if (begins(at, "//"))
        return at + strcspn(at, "\n");
    const char *end = begins(at, "/*") ? strstr(at, "*/") : NULL;
    return end != NULL && (end[2] == '\n' || end[2] == '\0') ? end + 2 : NULL;
}

static bool write_lines(struct bundle *bundle, const char *name, const char *text, FILE *exports)
{
    for (const char *line = text; *line != '\0';) {
        const char *at = line + strspn(line, " "), *after = skip_comment(at);
        size_t length = strcspn(at, "\n");
        bool is_right = true;
        if (after == NULL && begins(line, "import "))
            is_right = write_import(bundle, name, line, length);
        else if (after == NULL && begins(line, "export "))
            is_right = write_export(bundle, name, line, length, exports);
        else if (after == NULL && length > 0)
            fprintf(bundle->out, "%.*s\n", (int)code_length(at, length), at);
        if (!is_right)
            return false;
        line = after != NULL ? after : at + length;
        line += *line == '\n';
    }
    return true;
}

static bool write_body(struct bundle *bundle, const char *name, const char *text, size_t index)
{
    char *exported = NULL;
    size_t size;
    FILE *exports = open_memstream(&exported, &size);
    if (exports == NULL)
        return fail(bundle, name, "no memory");
    fprintf(bundle->out, "m[%zu] = (() => {\n", index);
    bool is_right = write_lines(bundle, name, text, exports);
    if (fclose(exports) != 0)
        is_right = fail(bundle, name, "no memory");
    fprintf(bundle->out, "return { %s};\n})();\n", is_right ? exported : "");
    free(exported);
    bundle->result->ends[bundle->result->count++] = (size_t)ftell(bundle->out);
    return is_right;
}

/* Once: those that it needs, then itself. */
static bool write_module(struct bundle *bundle, const char *name, size_t *index)
{
    for (*index = 0; *index < bundle->count; ++*index)
        if (strcmp(bundle->modules[*index].name, name) == 0)
            return bundle->modules[*index].is_written || fail(bundle, name, "it needs itself");
    char *text = bundle->count < PAGE_MODULES_MAX ? bundle->text(bundle->user, name) : NULL;
    if (text == NULL)
        return fail(bundle, name, "no such module, or too many");
    struct module *module = &bundle->modules[bundle->count++];
    *module = (struct module){.is_written = false};
    snprintf(module->name, sizeof module->name, "%s", name);
    bool is_right = write_needed(bundle, module->name, text) && write_body(bundle, module->name, text, *index);
    module->is_written = true;
    free(text);
    return is_right;
}

bool page_bundle(struct page_bundle *result, const char *entry, page_module_text *text, void *user, char problem[256])
{
    struct bundle bundle = {.result = result, .text = text, .user = user, .problem = problem};
    size_t index, length;
    *result = (struct page_bundle){.text = NULL};
    bundle.out = open_memstream(&result->text, &length);
    bool is_right = bundle.out != NULL && write_module(&bundle, entry, &index);
    if (bundle.out == NULL || fclose(bundle.out) != 0)
        is_right = fail(&bundle, entry, "no memory");
    if (is_right)
        return true;
    free(result->text);
    result->text = NULL;
    return false;
}
