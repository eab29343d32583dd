-- Phase 4: the job queue. A master job is split into tasks; workers claim queued rows by priority and time:
--   UPDATE task_jobs SET status = 'running', locked_by = $1, locked_at = now(), attempts = attempts + 1
--   WHERE id IN (SELECT id FROM task_jobs WHERE status = 'queued' AND run_after <= now()
--                ORDER BY priority DESC, run_after LIMIT $2 FOR UPDATE SKIP LOCKED);

CREATE TYPE job_status AS ENUM ('queued', 'running', 'succeeded', 'failed', 'cancelled');

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

CREATE TRIGGER master_jobs_set_updated_at BEFORE UPDATE ON master_jobs
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER task_jobs_set_updated_at BEFORE UPDATE ON task_jobs
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
