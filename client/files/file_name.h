/* Under which name a file of somebody else may be saved: no folders, not hidden, nothing that deceives who reads it, at
 * most FILE_SAFE_NAME_MAX bytes, never empty. client/web/file_name.js is the same. Pure. */
#ifndef HEDDLE_CLIENT_FILE_NAME_H
#define HEDDLE_CLIENT_FILE_NAME_H

#define FILE_SAFE_NAME_MAX 200 /* a folder's limit is 255, and " (2)" and ".part" may follow */

/* `offered` is UTF-8. */
void file_name_clean(const char *offered, char out[FILE_SAFE_NAME_MAX + 1]);

#endif
