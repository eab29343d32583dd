-- The SmartX schema as one desired state: what all migrations together give. Edit this, then write the migration.
--
-- Every table that a tenant owns carries tenant_id, and its keys are led by it: a row can only ever refer to rows of
-- its own tenant. A caller gives what only the caller can know; the rest has a default or is optional.

CREATE TYPE tenant_role AS ENUM ('owner', 'admin', 'member', 'guest');
CREATE TYPE project_status AS ENUM ('active', 'paused', 'archived');
CREATE TYPE meeting_status AS ENUM ('scheduled', 'live', 'ended', 'cancelled');
CREATE TYPE document_status AS ENUM ('draft', 'published', 'archived');
CREATE TYPE job_status AS ENUM ('queued', 'running', 'succeeded', 'failed', 'cancelled');

CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION set_updated_at() IS 'Keeps updated_at: the time of the last change of a row.';

CREATE TABLE tenants (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    name text NOT NULL,
    slug text,
    plan text NOT NULL DEFAULT 'free',
    has_meet boolean NOT NULL DEFAULT true,
    has_doc boolean NOT NULL DEFAULT false,
    has_code boolean NOT NULL DEFAULT false,
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tenants_pkey PRIMARY KEY (id),
    CONSTRAINT tenants_slug_key UNIQUE (slug),
    CONSTRAINT tenants_name_check CHECK (name <> ''),
    CONSTRAINT tenants_plan_check CHECK (plan IN ('free', 'team', 'business'))
);

CREATE INDEX tenants_name_idx ON tenants (name);

COMMENT ON TABLE tenants IS 'The customers. All other data belongs to exactly one of them.';
COMMENT ON COLUMN tenants.slug IS 'Short name for addresses; none until one is chosen.';
COMMENT ON COLUMN tenants.has_meet IS 'Meetings and transcripts are switched on.';
COMMENT ON COLUMN tenants.has_doc IS 'Documents are switched on.';
COMMENT ON COLUMN tenants.has_code IS 'Repositories are switched on.';
COMMENT ON COLUMN tenants.settings IS 'Preferences, an object by feature.';

CREATE TABLE users (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    email text,
    name text NOT NULL DEFAULT '',
    locale text NOT NULL DEFAULT 'en',
    is_active boolean NOT NULL DEFAULT true,
    last_seen_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_key UNIQUE (email)
);

CREATE INDEX users_name_idx ON users (name);

COMMENT ON TABLE users IS 'People. One person may work for several tenants: see user_tenants.';
COMMENT ON COLUMN users.email IS 'Address to sign in with, stored in lower case; none for people who never sign in.';

CREATE TABLE user_tenants (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    role tenant_role NOT NULL DEFAULT 'member',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_tenants_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT user_tenants_user_key UNIQUE (tenant_id, user_id),
    CONSTRAINT user_tenants_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT user_tenants_user_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX user_tenants_user_idx ON user_tenants (user_id);

COMMENT ON TABLE user_tenants IS 'Who is a member of which tenant, and in what role.';

CREATE TABLE projects (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    name text NOT NULL,
    slug text,
    description text NOT NULL DEFAULT '',
    status project_status NOT NULL DEFAULT 'active',
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT projects_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT projects_slug_key UNIQUE (tenant_id, slug),
    CONSTRAINT projects_name_check CHECK (name <> ''),
    CONSTRAINT projects_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT projects_created_by_fkey FOREIGN KEY (tenant_id, created_by)
        REFERENCES user_tenants (tenant_id, user_id) ON DELETE SET NULL (created_by)
);

CREATE INDEX projects_status_idx ON projects (tenant_id, status, name);
CREATE INDEX projects_created_by_idx ON projects (tenant_id, created_by);

COMMENT ON TABLE projects IS 'What a tenant works on: groups meetings, documents, repositories and jobs.';
COMMENT ON COLUMN projects.slug IS 'Short name for addresses, unique within the tenant; none until one is chosen.';
COMMENT ON COLUMN projects.created_by IS 'The member who made it; none once that member has left.';

CREATE TABLE meetings (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id uuid,
    title text NOT NULL DEFAULT '',
    status meeting_status NOT NULL DEFAULT 'scheduled',
    starts_at timestamptz NOT NULL DEFAULT now(),
    duration_s integer,
    meta jsonb NOT NULL DEFAULT '{}',
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT meetings_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT meetings_duration_check CHECK (duration_s >= 0),
    CONSTRAINT meetings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT meetings_project_fkey FOREIGN KEY (tenant_id, project_id)
        REFERENCES projects (tenant_id, id) ON DELETE SET NULL (project_id) ON UPDATE CASCADE,
    CONSTRAINT meetings_created_by_fkey FOREIGN KEY (tenant_id, created_by)
        REFERENCES user_tenants (tenant_id, user_id) ON DELETE SET NULL (created_by)
);

CREATE INDEX meetings_starts_at_idx ON meetings (tenant_id, starts_at DESC);
CREATE INDEX meetings_status_idx ON meetings (tenant_id, status, starts_at);
CREATE INDEX meetings_project_idx ON meetings (tenant_id, project_id, starts_at DESC);
CREATE INDEX meetings_created_by_idx ON meetings (tenant_id, created_by);

COMMENT ON TABLE meetings IS 'Meetings, planned and held; a meeting may belong to a project.';
COMMENT ON COLUMN meetings.duration_s IS 'Length in seconds, once it is known.';
COMMENT ON COLUMN meetings.meta IS 'What the calendar or the recorder told beside the columns.';

CREATE TABLE transcript_segments (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    meeting_id uuid NOT NULL,
    speaker_id uuid,
    speaker_name text NOT NULL DEFAULT '',
    start_ms integer NOT NULL DEFAULT 0,
    end_ms integer,
    content text NOT NULL DEFAULT '',
    language text,
    confidence double precision,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT transcript_segments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT transcript_segments_start_check CHECK (start_ms >= 0),
    CONSTRAINT transcript_segments_end_check CHECK (end_ms >= start_ms),
    CONSTRAINT transcript_segments_confidence_check CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT transcript_segments_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT transcript_segments_meeting_fkey FOREIGN KEY (tenant_id, meeting_id)
        REFERENCES meetings (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT transcript_segments_speaker_fkey FOREIGN KEY (tenant_id, speaker_id)
        REFERENCES user_tenants (tenant_id, user_id) ON DELETE SET NULL (speaker_id)
);

CREATE INDEX transcript_segments_meeting_idx ON transcript_segments (tenant_id, meeting_id, start_ms);
CREATE INDEX transcript_segments_speaker_idx ON transcript_segments (tenant_id, speaker_id);

COMMENT ON TABLE transcript_segments IS 'What was said in a meeting, piece by piece in the order of start_ms.';
COMMENT ON COLUMN transcript_segments.speaker_id IS 'The member who spoke, where one was recognised.';
COMMENT ON COLUMN transcript_segments.start_ms IS 'Milliseconds from the start of the meeting.';
COMMENT ON COLUMN transcript_segments.confidence IS 'How sure the recogniser was, 0 to 1.';

CREATE TABLE knowledge_schemas (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id uuid,
    name text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    data jsonb NOT NULL DEFAULT '{}',
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT knowledge_schemas_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT knowledge_schemas_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT knowledge_schemas_project_fkey FOREIGN KEY (tenant_id, project_id)
        REFERENCES projects (tenant_id, id) ON DELETE SET NULL (project_id) ON UPDATE CASCADE,
    CONSTRAINT knowledge_schemas_created_by_fkey FOREIGN KEY (tenant_id, created_by)
        REFERENCES user_tenants (tenant_id, user_id) ON DELETE SET NULL (created_by)
);

CREATE INDEX knowledge_schemas_name_idx ON knowledge_schemas (tenant_id, name);
CREATE INDEX knowledge_schemas_project_idx ON knowledge_schemas (tenant_id, project_id, name);
CREATE INDEX knowledge_schemas_created_by_idx ON knowledge_schemas (tenant_id, created_by);

COMMENT ON TABLE knowledge_schemas IS 'Models of what a tenant wants to know: entities, their fields and relations.';
COMMENT ON COLUMN knowledge_schemas.data IS 'The model itself.';

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

CREATE TABLE master_jobs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id uuid,
    kind text NOT NULL DEFAULT 'generic',
    dedupe_key text,
    status job_status NOT NULL DEFAULT 'queued',
    priority integer NOT NULL DEFAULT 0,
    payload jsonb NOT NULL DEFAULT '{}',
    result jsonb,
    run_after timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 3,
    locked_by text,
    locked_at timestamptz,
    last_error text,
    finished_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT master_jobs_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT master_jobs_dedupe_key UNIQUE (tenant_id, kind, dedupe_key),
    CONSTRAINT master_jobs_attempts_check CHECK (attempts >= 0),
    CONSTRAINT master_jobs_max_attempts_check CHECK (max_attempts > 0),
    CONSTRAINT master_jobs_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT master_jobs_project_fkey FOREIGN KEY (tenant_id, project_id)
        REFERENCES projects (tenant_id, id) ON DELETE SET NULL (project_id) ON UPDATE CASCADE,
    CONSTRAINT master_jobs_created_by_fkey FOREIGN KEY (tenant_id, created_by)
        REFERENCES user_tenants (tenant_id, user_id) ON DELETE SET NULL (created_by)
);

CREATE INDEX master_jobs_claim_idx ON master_jobs (priority DESC, run_after) WHERE status = 'queued';
CREATE INDEX master_jobs_locked_idx ON master_jobs (locked_at) WHERE status = 'running';
CREATE INDEX master_jobs_status_idx ON master_jobs (tenant_id, status, created_at DESC);
CREATE INDEX master_jobs_project_idx ON master_jobs (tenant_id, project_id, created_at DESC);
CREATE INDEX master_jobs_created_by_idx ON master_jobs (tenant_id, created_by);

COMMENT ON TABLE master_jobs IS 'Work that was asked for as a whole; its pieces are in task_jobs.';
COMMENT ON COLUMN master_jobs.kind IS 'Which worker does it.';
COMMENT ON COLUMN master_jobs.dedupe_key IS 'Asked for twice with the same key, it exists once; none: no such check.';
COMMENT ON COLUMN master_jobs.priority IS 'Higher comes first.';
COMMENT ON COLUMN master_jobs.payload IS 'What is to be done.';
COMMENT ON COLUMN master_jobs.result IS 'What came of it, once it has ended.';
COMMENT ON COLUMN master_jobs.run_after IS 'Not claimed before this time: delays and retries.';
COMMENT ON COLUMN master_jobs.locked_by IS 'The worker that has claimed it.';

CREATE TABLE task_jobs (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    master_job_id uuid NOT NULL,
    step integer NOT NULL DEFAULT 0,
    kind text NOT NULL DEFAULT 'generic',
    status job_status NOT NULL DEFAULT 'queued',
    priority integer NOT NULL DEFAULT 0,
    payload jsonb NOT NULL DEFAULT '{}',
    result jsonb,
    run_after timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 3,
    locked_by text,
    locked_at timestamptz,
    last_error text,
    finished_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT task_jobs_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT task_jobs_attempts_check CHECK (attempts >= 0),
    CONSTRAINT task_jobs_max_attempts_check CHECK (max_attempts > 0),
    CONSTRAINT task_jobs_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT task_jobs_master_job_fkey FOREIGN KEY (tenant_id, master_job_id)
        REFERENCES master_jobs (tenant_id, id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX task_jobs_claim_idx ON task_jobs (priority DESC, run_after) WHERE status = 'queued';
CREATE INDEX task_jobs_locked_idx ON task_jobs (locked_at) WHERE status = 'running';
CREATE INDEX task_jobs_status_idx ON task_jobs (tenant_id, status, created_at DESC);
CREATE INDEX task_jobs_master_job_idx ON task_jobs (tenant_id, master_job_id, step);

COMMENT ON TABLE task_jobs IS 'The pieces of a master job, in the order of step, each claimed and retried by itself.';
COMMENT ON COLUMN task_jobs.step IS 'Order within the master job; equal steps may run side by side.';
COMMENT ON COLUMN task_jobs.priority IS 'Higher comes first.';
COMMENT ON COLUMN task_jobs.payload IS 'What is to be done.';
COMMENT ON COLUMN task_jobs.result IS 'What came of it, once it has ended.';
COMMENT ON COLUMN task_jobs.run_after IS 'Not claimed before this time: delays and retries.';
COMMENT ON COLUMN task_jobs.locked_by IS 'The worker that has claimed it.';

CREATE TRIGGER tenants_set_updated_at BEFORE UPDATE ON tenants
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER users_set_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER user_tenants_set_updated_at BEFORE UPDATE ON user_tenants
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER projects_set_updated_at BEFORE UPDATE ON projects
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER meetings_set_updated_at BEFORE UPDATE ON meetings
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER transcript_segments_set_updated_at BEFORE UPDATE ON transcript_segments
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER knowledge_schemas_set_updated_at BEFORE UPDATE ON knowledge_schemas
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER documents_set_updated_at BEFORE UPDATE ON documents
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER document_versions_set_updated_at BEFORE UPDATE ON document_versions
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER repositories_set_updated_at BEFORE UPDATE ON repositories
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER master_jobs_set_updated_at BEFORE UPDATE ON master_jobs
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER task_jobs_set_updated_at BEFORE UPDATE ON task_jobs
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
