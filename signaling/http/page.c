#include "signaling/http/page.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/http/pack.h"
#include "signaling/http/page_bundle.h"
#include "signaling/http/page_parts.h"
#include "signaling/http/web_folder.h"
#include "transport/base/check.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"

#define SOURCES_MAX (PAGE_MODULES_MAX + 8)
#define HASH_SIZE 32

struct source {
    char name[136];
    struct web_stamp stamp;
};

struct page {
    const char *folder;
    size_t source_count;
    struct source sources[SOURCES_MAX];
    bool is_whole, has_effects;
    struct page_file html;
    size_t script_count;
    struct page_script {
        struct page_file file;
        char path[32]; /* "/page-0123456789abcdef.js" */
    } scripts[PAGE_PARTS_MAX];
    char policy[512];
};

static void drop_file(struct page_file *file)
{
    free(file->data);
    free(file->packed);
    *file = (struct page_file){.type = NULL};
}

static void drop(struct page *page)
{
    drop_file(&page->html);
    for (size_t i = 0; i < page->script_count; i++)
        drop_file(&page->scripts[i].file);
    page->is_whole = page->has_effects = false;
    page->source_count = page->script_count = 0;
}

/* A file of the folder, as a string; it is remembered to see when it changes. */
static char *read_source(void *user, const char *name)
{
    struct page *page = user;
    size_t length;
    if (page->source_count == SOURCES_MAX)
        return NULL;
    struct source *source = &page->sources[page->source_count++];
    *source = (struct source){.stamp = {0}};
    snprintf(source->name, sizeof source->name, "/%s", name);
    return web_folder_load(page->folder, source->name, &length, &source->stamp);
}

static void hash(uint8_t out[HASH_SIZE], const char *data, size_t length)
{
    CHECK(EVP_Digest(data, length, out, NULL, EVP_sha256(), NULL) == 1);
}

/* The first half of the hash, enough for a name. */
static void name_of_content(char out[17], const char *data, size_t length)
{
    uint8_t digest[HASH_SIZE];
    hash(digest, data, length);
    for (size_t i = 0; i < 8; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void finish(struct page_file *file, const char *type, const char *cache, const char *policy)
{
    char name[17];
    file->type = type;
    file->cache = cache;
    file->policy = policy;
    name_of_content(name, file->data, file->length);
    snprintf(file->etag, sizeof file->etag, "W/\"%s\"", name);
    file->packed = pack(file->data, file->length, &file->packed_length);
}

static void add_script(struct page *page, const char *text, size_t length)
{
    static const char head[] = PAGE_BUNDLE_HEAD;
    struct page_script *script = &page->scripts[page->script_count++];
    struct page_file *file = &script->file;
    char name[17];
    *file = (struct page_file){.data = mem_array(sizeof head + length, 1), .length = sizeof head - 1 + length};
    memcpy(file->data, head, sizeof head - 1);
    memcpy(file->data + sizeof head - 1, text, length);
    name_of_content(name, file->data, file->length);
    snprintf(script->path, sizeof script->path, "/page-%s.js", name);
    finish(file, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", PAGE_POLICY);
}

static bool make_scripts(struct page *page, const char *entry)
{
    char problem[256];
    struct page_bundle bundle;
    size_t ends[PAGE_PARTS_MAX];
    if (!page_bundle(&bundle, entry, read_source, page, problem)) {
        log_warning("page", "served file by file, which takes longer to load: %s", problem);
        return false;
    }
    size_t count = page_parts(&bundle, ends);
    for (size_t i = 0, begin = 0; i < count; begin = ends[i++])
        add_script(page, bundle.text + begin, ends[i] - begin);
    free(bundle.text);
    return true;
}

/* The name in a line that is `before`, a name, `after`. */
static bool match(char name[64], const char *line, size_t length, const char *before, const char *after)
{
    size_t head = strlen(before), tail = strlen(after);
    if (length <= head + tail || strncmp(line, before, head) != 0 || strncmp(line + length - tail, after, tail) != 0)
        return false;
    return snprintf(name, 64, "%.*s", (int)(length - head - tail), line + head) < 64;
}

/* The file's text in the line's place, and its hash for the policy. */
static bool write_inside(struct page *page, FILE *out, const char *tag, const char *name, const char *directive)
{
    uint8_t digest[HASH_SIZE];
    char text[48];
    char *content = read_source(page, name);
    if (content == NULL)
        return false;
    fprintf(out, "<%s>%s</%s>\n", tag, content, tag);
    hash(digest, content, strlen(content));
    EVP_EncodeBlock((unsigned char *)text, digest, sizeof digest);
    size_t used = strlen(page->policy);
    const char *more = page->has_effects && strcmp(tag, "script") == 0 ? " 'wasm-unsafe-eval'" : "";
    snprintf(page->policy + used, sizeof page->policy - used, "; %s 'self' 'sha256-%s'%s", directive, text, more);
    free(content);
    return true;
}

/* What is fetched apart is named only where it is there: by that the page knows what it can offer. It is WebAssembly,
 * which the policy has to allow then. */
static void write_effect(struct page *page, FILE *out, const char *line, size_t length, const char *name)
{
    char *content = read_source(page, name);
    if (content != NULL)
        fprintf(out, "%.*s\n", (int)length, line);
    page->has_effects = page->has_effects || content != NULL;
    free(content);
}

static bool write_line(struct page *page, FILE *out, const char *line)
{
    char name[64];
    line += strspn(line, " ");
    size_t length = strcspn(line, "\n");
    if (match(name, line, length, "<link rel=\"modulepreload\" href=\"", "\">"))
        return true;
    if (match(name, line, length, "<meta name=\"effect\" content=\"", "\">")) {
        write_effect(page, out, line, length, name);
        return true;
    }
    if (match(name, line, length, "<link rel=\"stylesheet\" href=\"", "\">"))
        return write_inside(page, out, "style", name, "style-src");
    if (match(name, line, length, "<script src=\"", "\"></script>"))
        return write_inside(page, out, "script", name, "script-src");
    if (match(name, line, length, "<script type=\"module\" src=\"", "\"></script>")) {
        if (page->script_count > 0 || !make_scripts(page, name))
            return false;
        for (size_t i = 0; i < page->script_count; i++)
            fprintf(out, "<script type=\"module\" src=\"%s\"></script>\n", page->scripts[i].path + 1);
        return true;
    }
    fprintf(out, "%.*s\n", (int)length, line);
    return true;
}

static bool make_html(struct page *page)
{
    char *index = read_source(page, "index.html");
    FILE *out = open_memstream(&page->html.data, &page->html.length);
    bool is_right = index != NULL && out != NULL;
    snprintf(page->policy, sizeof page->policy, "%s", PAGE_POLICY);
    for (const char *line = index; is_right && *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
        is_right = write_line(page, out, line);
    is_right = out != NULL && fclose(out) == 0 && is_right;
    free(index);
    if (is_right)
        finish(&page->html, "text/html; charset=utf-8", "no-cache", page->policy);
    return is_right && page->script_count > 0;
}

static bool has_changed(const struct page *page)
{
    for (size_t i = 0; i < page->source_count; i++) {
        struct web_stamp now = web_folder_stamp(page->folder, page->sources[i].name);
        const struct web_stamp *then = &page->sources[i].stamp;
        if (now.modified_ns != then->modified_ns || now.inode != then->inode || now.size != then->size)
            return true;
    }
    return page->source_count == 0;
}

struct page *page_new(const char *folder)
{
    struct page *page = mem_alloc(sizeof *page);
    page->folder = folder;
    page->is_whole = make_html(page);
    return page;
}

void page_free(struct page *page)
{
    if (page == NULL)
        return;
    drop(page);
    free(page);
}

const struct page_file *page_find(struct page *page, const char *path)
{
    bool is_html = strcmp(path, "/") == 0;
    if (is_html && has_changed(page)) {
        drop(page);
        page->is_whole = make_html(page);
    }
    if (!page->is_whole)
        return NULL;
    if (is_html)
        return &page->html;
    for (size_t i = 0; i < page->script_count; i++)
        if (strcmp(path, page->scripts[i].path) == 0)
            return &page->scripts[i].file;
    return NULL;
}
