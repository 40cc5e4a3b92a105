#include "client/mix/shown_name.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "transport/base/memory.h"

#define MARKS_MAX 4 /* of one letter: more of them reach far above and below */
#define BRAILLE_BLANK 0x2800
#define BYTE_ORDER_MARK 0xfeff
#define NON_JOINER 0x200c
#define JOINER 0x200d

/* Default_Ignorable_Code_Point of Unicode: what shows nothing where it is not known. */
static bool is_ignorable(gunichar letter)
{
    static const struct {
        gunichar first, last;
    } ranges[] = {{0xad, 0xad},       {0x34f, 0x34f},    {0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5},
                  {0x180b, 0x180f},   {0x200b, 0x200f},  {0x202a, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
                  {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},  {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3},
                  {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (letter >= ranges[i].first && letter <= ranges[i].last)
            return true;
    return false;
}

static bool is_invisible(gunichar letter)
{
    switch (g_unichar_type(letter)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_PRIVATE_USE:
        return true;
    default:
        return letter == BRAILLE_BLANK || is_ignorable(letter);
    }
}

static bool is_space(gunichar letter)
{
    GUnicodeType type = g_unichar_type(letter);
    return (letter >= '\t' && letter <= '\r') || letter == BYTE_ORDER_MARK || type == G_UNICODE_SPACE_SEPARATOR ||
           type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

/* 0: there is none. */
static bool is_blank(gunichar letter)
{
    return letter == 0 || is_space(letter) || is_invisible(letter);
}

/* Joiners after these are parts of words and of emoji. */
static bool is_joinable(gunichar letter)
{
    GUnicodeScript script = g_unichar_get_script(letter);
    return script == G_UNICODE_SCRIPT_ARABIC || script == G_UNICODE_SCRIPT_SYRIAC ||
           script == G_UNICODE_SCRIPT_MONGOLIAN || g_unichar_ismark(letter) ||
           g_unichar_type(letter) == G_UNICODE_OTHER_SYMBOL || (letter >= 0x1f3fb && letter <= 0x1f3ff);
}

/* `last`: of those that are shown; `next`: of the name; 0: there is none. */
static bool is_seen(gunichar last, gunichar letter, gunichar next)
{
    if (letter == ' ')
        return last != 0 && last != ' ';
    if (letter >= 0xfe00 && letter <= 0xfe0f) /* variation selectors */
        return !is_blank(last);
    if (letter == NON_JOINER || letter == JOINER)
        return last != 0 && is_joinable(last) && !is_blank(next);
    return !is_invisible(letter);
}

char *shown_name(const char *name)
{
    char *composed = g_utf8_normalize(name, -1, G_NORMALIZE_DEFAULT_COMPOSE);
    if (composed == NULL)
        return mem_text("");
    glong length;
    gunichar *letters = g_utf8_to_ucs4_fast(composed, -1, &length);
    glong count = 0;
    unsigned marks = 0;
    for (glong i = 0; i < length; i++) {
        gunichar letter = is_space(letters[i]) ? ' ' : letters[i];
        bool is_mark = g_unichar_ismark(letter);
        if (!is_seen(count > 0 ? letters[count - 1] : 0, letter, i + 1 < length ? letters[i + 1] : 0) ||
            (is_mark && marks == MARKS_MAX))
            continue;
        marks = is_mark ? marks + 1 : 0;
        letters[count++] = letter;
    }
    if (count > 0 && letters[count - 1] == ' ')
        count--;
    char *text = g_ucs4_to_utf8(letters, count, NULL, NULL, NULL);
    char *shown = mem_text(text != NULL ? text : "");
    g_free(text);
    g_free(letters);
    g_free(composed);
    return shown;
}
