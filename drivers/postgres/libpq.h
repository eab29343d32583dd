/* libpq, loaded when the first connection to PostgreSQL is opened. With what it needs (Kerberos, LDAP, TLS) it is two
 * thirds of what the program would do at its start; on SQLite, or for --help, that is nothing but waiting.
 *
 * Its functions keep their names here. They may be called once td_libpq_load has succeeded. One that the linker misses
 * is to be added to the two lists. */
#ifndef TD_POSTGRES_LIBPQ_H
#define TD_POSTGRES_LIBPQ_H

#include <libpq-fe.h>

#include "core/base/err.h"

#define TD_LIBPQ_FUNCTIONS(X)                                                                                          \
    X(PQbackendPID)                                                                                                    \
    X(PQcancel)                                                                                                        \
    X(PQclear)                                                                                                         \
    X(PQcmdStatus)                                                                                                     \
    X(PQcmdTuples)                                                                                                     \
    X(PQconnectPoll)                                                                                                   \
    X(PQconnectStartParams)                                                                                            \
    X(PQconsumeInput)                                                                                                  \
    X(PQdb)                                                                                                            \
    X(PQenterPipelineMode)                                                                                             \
    X(PQerrorMessage)                                                                                                  \
    X(PQexitPipelineMode)                                                                                              \
    X(PQfinish)                                                                                                        \
    X(PQflush)                                                                                                         \
    X(PQfname)                                                                                                         \
    X(PQfreeCancel)                                                                                                    \
    X(PQfreemem)                                                                                                       \
    X(PQftype)                                                                                                         \
    X(PQgetCancel)                                                                                                     \
    X(PQgetCopyData)                                                                                                   \
    X(PQgetResult)                                                                                                     \
    X(PQgetisnull)                                                                                                     \
    X(PQgetlength)                                                                                                     \
    X(PQgetvalue)                                                                                                      \
    X(PQhost)                                                                                                          \
    X(PQisBusy)                                                                                                        \
    X(PQnfields)                                                                                                       \
    X(PQnparams)                                                                                                       \
    X(PQntuples)                                                                                                       \
    X(PQparameterStatus)                                                                                               \
    X(PQparamtype)                                                                                                     \
    X(PQpass)                                                                                                          \
    X(PQpipelineStatus)                                                                                                \
    X(PQpipelineSync)                                                                                                  \
    X(PQputCopyData)                                                                                                   \
    X(PQputCopyEnd)                                                                                                    \
    X(PQresultErrorField)                                                                                              \
    X(PQresultStatus)                                                                                                  \
    X(PQsendDescribePrepared)                                                                                          \
    X(PQsendPrepare)                                                                                                   \
    X(PQsendQuery)                                                                                                     \
    X(PQsendQueryParams)                                                                                               \
    X(PQsendQueryPrepared)                                                                                             \
    X(PQsetErrorVerbosity)                                                                                             \
    X(PQsetNoticeReceiver)                                                                                             \
    X(PQsetSingleRowMode)                                                                                              \
    X(PQsetnonblocking)                                                                                                \
    X(PQsocket)                                                                                                        \
    X(PQstatus)                                                                                                        \
    X(PQtransactionStatus)                                                                                             \
    X(PQunescapeBytea)

struct td_libpq {
#define TD_LIBPQ_POINTER(name) __typeof__(name) *fn_##name;
    TD_LIBPQ_FUNCTIONS(TD_LIBPQ_POINTER)
#undef TD_LIBPQ_POINTER
};
extern struct td_libpq td_libpq; /* written by td_libpq_load alone */

/* From any thread, any number of times. TD_EUNSUPPORTED when the library is not installed. */
TD_MUST_CHECK int td_libpq_load(struct td_err *err);

#define PQbackendPID           td_libpq.fn_PQbackendPID
#define PQcancel               td_libpq.fn_PQcancel
#define PQclear                td_libpq.fn_PQclear
#define PQcmdStatus            td_libpq.fn_PQcmdStatus
#define PQcmdTuples            td_libpq.fn_PQcmdTuples
#define PQconnectPoll          td_libpq.fn_PQconnectPoll
#define PQconnectStartParams   td_libpq.fn_PQconnectStartParams
#define PQconsumeInput         td_libpq.fn_PQconsumeInput
#define PQdb                   td_libpq.fn_PQdb
#define PQenterPipelineMode    td_libpq.fn_PQenterPipelineMode
#define PQerrorMessage         td_libpq.fn_PQerrorMessage
#define PQexitPipelineMode     td_libpq.fn_PQexitPipelineMode
#define PQfinish               td_libpq.fn_PQfinish
#define PQflush                td_libpq.fn_PQflush
#define PQfname                td_libpq.fn_PQfname
#define PQfreeCancel           td_libpq.fn_PQfreeCancel
#define PQfreemem              td_libpq.fn_PQfreemem
#define PQftype                td_libpq.fn_PQftype
#define PQgetCancel            td_libpq.fn_PQgetCancel
#define PQgetCopyData          td_libpq.fn_PQgetCopyData
#define PQgetResult            td_libpq.fn_PQgetResult
#define PQgetisnull            td_libpq.fn_PQgetisnull
#define PQgetlength            td_libpq.fn_PQgetlength
#define PQgetvalue             td_libpq.fn_PQgetvalue
#define PQhost                 td_libpq.fn_PQhost
#define PQisBusy               td_libpq.fn_PQisBusy
#define PQnfields              td_libpq.fn_PQnfields
#define PQnparams              td_libpq.fn_PQnparams
#define PQntuples              td_libpq.fn_PQntuples
#define PQparameterStatus      td_libpq.fn_PQparameterStatus
#define PQparamtype            td_libpq.fn_PQparamtype
#define PQpass                 td_libpq.fn_PQpass
#define PQpipelineStatus       td_libpq.fn_PQpipelineStatus
#define PQpipelineSync         td_libpq.fn_PQpipelineSync
#define PQputCopyData          td_libpq.fn_PQputCopyData
#define PQputCopyEnd           td_libpq.fn_PQputCopyEnd
#define PQresultErrorField     td_libpq.fn_PQresultErrorField
#define PQresultStatus         td_libpq.fn_PQresultStatus
#define PQsendDescribePrepared td_libpq.fn_PQsendDescribePrepared
#define PQsendPrepare          td_libpq.fn_PQsendPrepare
#define PQsendQuery            td_libpq.fn_PQsendQuery
#define PQsendQueryParams      td_libpq.fn_PQsendQueryParams
#define PQsendQueryPrepared    td_libpq.fn_PQsendQueryPrepared
#define PQsetErrorVerbosity    td_libpq.fn_PQsetErrorVerbosity
#define PQsetNoticeReceiver    td_libpq.fn_PQsetNoticeReceiver
#define PQsetSingleRowMode     td_libpq.fn_PQsetSingleRowMode
#define PQsetnonblocking       td_libpq.fn_PQsetnonblocking
#define PQsocket               td_libpq.fn_PQsocket
#define PQstatus               td_libpq.fn_PQstatus
#define PQtransactionStatus    td_libpq.fn_PQtransactionStatus
#define PQunescapeBytea        td_libpq.fn_PQunescapeBytea

#endif
