/* Protobuf messages of a parse tree by their descriptors: what is below one, whatever its type. */
#ifndef TD_SQL_MESSAGE_H
#define TD_SQL_MESSAGE_H

#include <pg_query/pg_query.pb-c.h>
#include <stdbool.h>
#include <stddef.h>

/* The fields that can hold something. Of a Node's 260 it is the chosen one alone: a walk over all of them, at every
 * step down, is most of what reading a tree costs. */
struct td_fields {
    const ProtobufCFieldDescriptor *at;
    size_t len;
};
struct td_fields td_message_fields(const ProtobufCMessage *m);

bool td_message_is_node(const ProtobufCMessage *m);
/* The i-th message below `m` in field `f`; NULL when there is none (any more). */
ProtobufCMessage *td_message_child(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t i);
/* How deep messages are nested below it; not counted further than `bound` + 1. */
size_t td_message_depth(const ProtobufCMessage *m, size_t bound);

#endif
