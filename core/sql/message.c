#include "core/sql/message.h"

#include <pg_query.h>
#include <string.h>

bool td_message_is_node(const ProtobufCMessage *m)
{
    return m->descriptor == &pg_query__node__descriptor;
}

struct td_fields td_message_fields(const ProtobufCMessage *m)
{
    const ProtobufCMessageDescriptor *d = m->descriptor;
    if (!td_message_is_node(m))
        return (struct td_fields){d->fields, d->n_fields};
    /* a oneof's choice is its field's id, and the ids count from 1 */
    unsigned id = (unsigned)((const PgQuery__Node *)m)->node_case;
    if (id == 0)
        return (struct td_fields){0};
    if (id <= d->n_fields && d->fields[id - 1].id == id)
        return (struct td_fields){&d->fields[id - 1], 1};
    return (struct td_fields){d->fields, d->n_fields};
}

ProtobufCMessage *td_message_child(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t i)
{
    const char *at = (const char *)m + f->offset, *quantifier = (const char *)m + f->quantifier_offset;
    size_t n;
    uint32_t which;
    if (f->type != PROTOBUF_C_TYPE_MESSAGE)
        return NULL;
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        memcpy(&n, quantifier, sizeof n);
        return i < n ? (*(ProtobufCMessage *const *const *)at)[i] : NULL;
    }
    if (i > 0)
        return NULL;
    if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        memcpy(&which, quantifier, sizeof which);
        if (which != f->id)
            return NULL;
    }
    return *(ProtobufCMessage *const *)at;
}

static size_t depth_of(const ProtobufCMessage *m, size_t depth, size_t bound)
{
    size_t deepest = depth;
    struct td_fields fields = td_message_fields(m);
    for (size_t f = 0; f < fields.len && deepest <= bound; f++) {
        const ProtobufCMessage *c;
        for (size_t i = 0; deepest <= bound && (c = td_message_child(m, &fields.at[f], i)) != NULL; i++) {
            size_t d = depth_of(c, depth + 1, bound);
            deepest = d > deepest ? d : deepest;
        }
    }
    return deepest;
}

size_t td_message_depth(const ProtobufCMessage *m, size_t bound)
{
    return depth_of(m, 0, bound);
}
