-- Phase 1: tenants, people, projects, meetings and what is known.
--
-- Every table that a tenant owns carries tenant_id, and its keys are led by it: a row can only ever refer to rows of
-- its own tenant. A caller gives what only the caller can know; the rest has a default or is optional.

CREATE TYPE tenant_role AS ENUM ('owner', 'admin', 'member', 'guest');
CREATE TYPE project_status AS ENUM ('active', 'paused', 'archived');
CREATE TYPE meeting_status AS ENUM ('scheduled', 'live', 'ended', 'cancelled');

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
