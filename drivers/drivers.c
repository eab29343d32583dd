#include "drivers/drivers.h"

#include "drivers/postgres/driver.h"
#include "drivers/sqlite/driver.h"

void td_drivers_register(void)
{
    static const struct td_driver *const table[] = {&td_driver_sqlite, &td_driver_postgres, NULL};
    td_db_set_drivers(table);
}

void td_drivers_settle(void)
{
    td_sqlite_settle();
}
