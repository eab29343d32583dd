/* Where the program keeps what only spares work: $XDG_CACHE_HOME/tandem, or ~/.cache/tandem. */
#ifndef TD_TANDEM_CACHE_H
#define TD_TANDEM_CACHE_H

/* The index (core/migrate/folder_index.h) of the folder `dir`; owned, td_mem_free. NULL: none is to be kept, because
 * TANDEM_NO_CACHE is set, or there is no such home, or it is another user's. */
char *td_cache_folder_index(const char *dir);

#endif
