-- Phase 3: source code repositories (tenants.has_code).

CREATE TABLE repositories (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id uuid,
    name text NOT NULL DEFAULT '',
    provider text NOT NULL DEFAULT 'git',
    url text,
    default_branch text NOT NULL DEFAULT 'main',
    is_private boolean NOT NULL DEFAULT true,
    data jsonb NOT NULL DEFAULT '{}',
    indexed_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT repositories_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT repositories_url_key UNIQUE (tenant_id, url),
    CONSTRAINT repositories_provider_check CHECK (provider IN ('git', 'github', 'gitlab', 'bitbucket')),
    CONSTRAINT repositories_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT repositories_project_fkey FOREIGN KEY (tenant_id, project_id)
        REFERENCES projects (tenant_id, id) ON DELETE SET NULL (project_id) ON UPDATE CASCADE,
    CONSTRAINT repositories_created_by_fkey FOREIGN KEY (tenant_id, created_by)
        REFERENCES user_tenants (tenant_id, user_id) ON DELETE SET NULL (created_by)
);

CREATE INDEX repositories_name_idx ON repositories (tenant_id, name);
CREATE INDEX repositories_project_idx ON repositories (tenant_id, project_id, name);
CREATE INDEX repositories_created_by_idx ON repositories (tenant_id, created_by);

COMMENT ON TABLE repositories IS 'Source code repositories that a tenant has connected.';
COMMENT ON COLUMN repositories.url IS 'Where it is cloned from, unique within the tenant.';
COMMENT ON COLUMN repositories.data IS 'What the provider told: languages, topics, counts.';
COMMENT ON COLUMN repositories.indexed_at IS 'When its content was last read; never, if empty.';

CREATE TRIGGER repositories_set_updated_at BEFORE UPDATE ON repositories
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
