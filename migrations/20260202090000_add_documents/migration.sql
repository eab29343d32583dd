-- Phase 2: documents and their versions (tenants.has_doc).

CREATE TYPE document_status AS ENUM ('draft', 'published', 'archived');

CREATE TABLE documents (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id uuid,
    meeting_id uuid,
    title text NOT NULL DEFAULT '',
    status document_status NOT NULL DEFAULT 'draft',
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT documents_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT documents_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT documents_project_fkey FOREIGN KEY (tenant_id, project_id)
        REFERENCES projects (tenant_id, id) ON DELETE SET NULL (project_id) ON UPDATE CASCADE,
    CONSTRAINT documents_meeting_fkey FOREIGN KEY (tenant_id, meeting_id)
        REFERENCES meetings (tenant_id, id) ON DELETE SET NULL (meeting_id) ON UPDATE CASCADE,
    CONSTRAINT documents_created_by_fkey FOREIGN KEY (tenant_id, created_by)
        REFERENCES user_tenants (tenant_id, user_id) ON DELETE SET NULL (created_by)
);

CREATE INDEX documents_status_idx ON documents (tenant_id, status, updated_at DESC);
CREATE INDEX documents_project_idx ON documents (tenant_id, project_id, updated_at DESC);
CREATE INDEX documents_meeting_idx ON documents (tenant_id, meeting_id);
CREATE INDEX documents_created_by_idx ON documents (tenant_id, created_by);

COMMENT ON TABLE documents IS 'Documents of a tenant; what is in them is in document_versions.';
COMMENT ON COLUMN documents.meeting_id IS 'The meeting that it came out of, for minutes and notes.';

CREATE TABLE document_versions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    document_id uuid NOT NULL,
    version integer,
    summary text NOT NULL DEFAULT '',
    content jsonb NOT NULL DEFAULT '{}',
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT document_versions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT document_versions_version_key UNIQUE (tenant_id, document_id, version),
    CONSTRAINT document_versions_version_check CHECK (version > 0),
    CONSTRAINT document_versions_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT document_versions_document_fkey FOREIGN KEY (tenant_id, document_id)
        REFERENCES documents (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT document_versions_created_by_fkey FOREIGN KEY (tenant_id, created_by)
        REFERENCES user_tenants (tenant_id, user_id) ON DELETE SET NULL (created_by)
);

CREATE INDEX document_versions_document_idx ON document_versions (tenant_id, document_id, created_at DESC);
CREATE INDEX document_versions_created_by_idx ON document_versions (tenant_id, created_by);

COMMENT ON TABLE document_versions IS 'The states of a document, one row each; rows are added, not changed.';
COMMENT ON COLUMN document_versions.version IS 'Number within the document, given on publishing; none before that.';
COMMENT ON COLUMN document_versions.content IS 'The whole document as a tree of blocks.';

CREATE TRIGGER documents_set_updated_at BEFORE UPDATE ON documents
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER document_versions_set_updated_at BEFORE UPDATE ON document_versions
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
