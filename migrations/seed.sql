-- Two small tenants with rows in every table. Runs as it stands on PostgreSQL and on SQLite, also by psql and by the
-- sqlite3 shell, and twice without harm: ids are fixed, rows that are there already are left as they are.

INSERT INTO tenants (id, name, slug, plan, has_meet, has_doc, has_code, settings, created_at) VALUES
    ('a0000000-0000-4000-8000-000000000001', 'Aurora Dental', 'aurora', 'business', true, true, true,
        '{"language": "de", "recording": {"keep_days": 90}}', '2026-01-12T08:00:00.000000Z'),
    ('b0000000-0000-4000-8000-000000000001', 'Birch & Sons', NULL, 'free', true, false, false,
        '{}', '2026-02-03T15:30:00.000000Z')
ON CONFLICT DO NOTHING;

INSERT INTO users (id, email, name, locale, is_active, last_seen_at) VALUES
    ('c0000000-0000-4000-8000-000000000001', 'mira@aurora.example', 'Mira Köhler', 'de', true,
        '2026-04-20T07:55:12.345678Z'),
    ('c0000000-0000-4000-8000-000000000002', 'jon@birch.example', 'Jon Birch', 'en', true, NULL),
    ('c0000000-0000-4000-8000-000000000003', 'ada@freelance.example', 'Ada O''Neill', 'en', true,
        '2026-04-19T18:02:00.000000Z'),
    ('c0000000-0000-4000-8000-000000000004', NULL, 'A guest on the phone', 'en', false, NULL)
ON CONFLICT DO NOTHING;

-- Ada works for both.
INSERT INTO user_tenants (tenant_id, id, user_id, role) VALUES
    ('a0000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000001',
        'c0000000-0000-4000-8000-000000000001', 'owner'),
    ('a0000000-0000-4000-8000-000000000001', 'a1000000-0000-4000-8000-000000000002',
        'c0000000-0000-4000-8000-000000000003', 'member'),
    ('b0000000-0000-4000-8000-000000000001', 'b1000000-0000-4000-8000-000000000001',
        'c0000000-0000-4000-8000-000000000002', 'owner'),
    ('b0000000-0000-4000-8000-000000000001', 'b1000000-0000-4000-8000-000000000002',
        'c0000000-0000-4000-8000-000000000003', 'guest')
ON CONFLICT DO NOTHING;

INSERT INTO projects (tenant_id, id, name, slug, description, status, created_by) VALUES
    ('a0000000-0000-4000-8000-000000000001', 'a2000000-0000-4000-8000-000000000001', 'New practice', 'new-practice',
        'Everything for the second location', 'active', 'c0000000-0000-4000-8000-000000000001'),
    ('a0000000-0000-4000-8000-000000000001', 'a2000000-0000-4000-8000-000000000002', 'Patient portal', NULL,
        '', 'paused', 'c0000000-0000-4000-8000-000000000003'),
    ('b0000000-0000-4000-8000-000000000001', 'b2000000-0000-4000-8000-000000000001', 'Spring catalogue', NULL,
        '', 'active', 'c0000000-0000-4000-8000-000000000002')
ON CONFLICT DO NOTHING;

INSERT INTO meetings (tenant_id, id, project_id, title, status, starts_at, duration_s, meta, created_by) VALUES
    ('a0000000-0000-4000-8000-000000000001', 'a3000000-0000-4000-8000-000000000001',
        'a2000000-0000-4000-8000-000000000001', 'Kick-off', 'ended', '2026-02-16T09:00:00.000000Z', 2712,
        '{"room": "Blue", "calendar_id": 9007199254740993}', 'c0000000-0000-4000-8000-000000000001'),
    ('a0000000-0000-4000-8000-000000000001', 'a3000000-0000-4000-8000-000000000002',
        'a2000000-0000-4000-8000-000000000001', 'Floor plan', 'scheduled', '2026-05-04T13:30:00.000000Z', NULL,
        '{}', 'c0000000-0000-4000-8000-000000000003'),
    ('b0000000-0000-4000-8000-000000000001', 'b3000000-0000-4000-8000-000000000001',
        NULL, 'Monday round', 'ended', '2026-03-02T07:15:00.500000Z', 905,
        '{}', 'c0000000-0000-4000-8000-000000000002')
ON CONFLICT DO NOTHING;

INSERT INTO transcript_segments
    (tenant_id, id, meeting_id, speaker_id, speaker_name, start_ms, end_ms, content, language, confidence) VALUES
    ('a0000000-0000-4000-8000-000000000001', 'a4000000-0000-4000-8000-000000000001',
        'a3000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', 'Mira', 0, 4200,
        'Guten Morgen, schön, dass alle da sind.', 'de', 0.97),
    ('a0000000-0000-4000-8000-000000000001', 'a4000000-0000-4000-8000-000000000002',
        'a3000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000003', 'Ada', 4350, 9100,
        'Good morning! Shall we start with the budget?', 'en', 0.9925),
    ('a0000000-0000-4000-8000-000000000001', 'a4000000-0000-4000-8000-000000000003',
        'a3000000-0000-4000-8000-000000000001', NULL, 'Phone', 9100, NULL, '…', NULL, NULL),
    ('b0000000-0000-4000-8000-000000000001', 'b4000000-0000-4000-8000-000000000001',
        'b3000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000002', 'Jon', 0, 3000,
        'Two crates are missing.', 'en', 0.88)
ON CONFLICT DO NOTHING;

INSERT INTO knowledge_schemas (tenant_id, id, project_id, name, description, data, created_by) VALUES
    ('a0000000-0000-4000-8000-000000000001', 'a5000000-0000-4000-8000-000000000001',
        'a2000000-0000-4000-8000-000000000001', 'Decisions', 'What was decided, by whom, until when',
        '{"entities": [{"name": "decision", "fields": ["text", "owner", "due"]}], "weight": 1.10}',
        'c0000000-0000-4000-8000-000000000001'),
    ('b0000000-0000-4000-8000-000000000001', 'b5000000-0000-4000-8000-000000000001',
        NULL, 'Deliveries', '', '{"entities": []}', NULL)
ON CONFLICT DO NOTHING;

INSERT INTO documents (tenant_id, id, project_id, meeting_id, title, status, created_by) VALUES
    ('a0000000-0000-4000-8000-000000000001', 'a6000000-0000-4000-8000-000000000001',
        'a2000000-0000-4000-8000-000000000001', 'a3000000-0000-4000-8000-000000000001', 'Minutes of the kick-off',
        'published', 'c0000000-0000-4000-8000-000000000003'),
    ('b0000000-0000-4000-8000-000000000001', 'b6000000-0000-4000-8000-000000000001',
        'b2000000-0000-4000-8000-000000000001', NULL, 'Price list', 'draft', 'c0000000-0000-4000-8000-000000000002')
ON CONFLICT DO NOTHING;

INSERT INTO document_versions (tenant_id, id, document_id, version, summary, content, created_by) VALUES
    ('a0000000-0000-4000-8000-000000000001', 'a7000000-0000-4000-8000-000000000001',
        'a6000000-0000-4000-8000-000000000001', 1, 'First version',
        '{"blocks": [{"type": "heading", "text": "Kick-off"}]}', 'c0000000-0000-4000-8000-000000000003'),
    ('a0000000-0000-4000-8000-000000000001', 'a7000000-0000-4000-8000-000000000002',
        'a6000000-0000-4000-8000-000000000001', NULL, 'Budget added',
        '{"blocks": [{"type": "heading", "text": "Kick-off"}, {"type": "money", "amount": 125000.50}]}',
        'c0000000-0000-4000-8000-000000000001'),
    ('b0000000-0000-4000-8000-000000000001', 'b7000000-0000-4000-8000-000000000001',
        'b6000000-0000-4000-8000-000000000001', NULL, '', '{"blocks": []}', 'c0000000-0000-4000-8000-000000000002')
ON CONFLICT DO NOTHING;

INSERT INTO repositories
    (tenant_id, id, project_id, name, provider, url, default_branch, is_private, data, indexed_at) VALUES
    ('a0000000-0000-4000-8000-000000000001', 'a8000000-0000-4000-8000-000000000001',
        'a2000000-0000-4000-8000-000000000002', 'portal', 'github', 'https://github.example/aurora/portal.git', 'main',
        true, '{"languages": {"C": 81234, "SQL": 4096}}', '2026-04-18T02:00:00.000000Z'),
    ('b0000000-0000-4000-8000-000000000001', 'b8000000-0000-4000-8000-000000000001',
        NULL, 'shop', 'git', 'ssh://git@birch.example/shop', 'trunk', false, '{}', NULL)
ON CONFLICT DO NOTHING;

INSERT INTO master_jobs
    (tenant_id, id, project_id, kind, dedupe_key, status, priority, payload, result, run_after, attempts, finished_at,
     created_by) VALUES
    ('a0000000-0000-4000-8000-000000000001', 'a9000000-0000-4000-8000-000000000001',
        'a2000000-0000-4000-8000-000000000001', 'transcribe', 'a3000000-0000-4000-8000-000000000001', 'succeeded', 10,
        '{"meeting_id": "a3000000-0000-4000-8000-000000000001"}', '{"segments": 3}', '2026-02-16T10:00:00.000000Z', 1,
        '2026-02-16T10:04:31.120000Z', 'c0000000-0000-4000-8000-000000000001'),
    ('a0000000-0000-4000-8000-000000000001', 'a9000000-0000-4000-8000-000000000002',
        'a2000000-0000-4000-8000-000000000002', 'index-repository', NULL, 'queued', 0,
        '{"repository_id": "a8000000-0000-4000-8000-000000000001"}', NULL, '2026-04-21T02:00:00.000000Z', 0,
        NULL, NULL),
    ('b0000000-0000-4000-8000-000000000001', 'b9000000-0000-4000-8000-000000000001',
        NULL, 'transcribe', 'b3000000-0000-4000-8000-000000000001', 'failed', 10,
        '{"meeting_id": "b3000000-0000-4000-8000-000000000001"}', NULL, '2026-03-02T07:30:00.000000Z', 3,
        '2026-03-02T07:41:00.000000Z', 'c0000000-0000-4000-8000-000000000002')
ON CONFLICT DO NOTHING;

INSERT INTO task_jobs
    (tenant_id, id, master_job_id, step, kind, status, priority, payload, result, run_after, attempts, last_error,
     finished_at) VALUES
    ('a0000000-0000-4000-8000-000000000001', 'aa000000-0000-4000-8000-000000000001',
        'a9000000-0000-4000-8000-000000000001', 1, 'split-audio', 'succeeded', 10,
        '{"chunk_s": 600}', '{"chunks": 5}', '2026-02-16T10:00:00.000000Z', 1, NULL, '2026-02-16T10:00:40.000000Z'),
    ('a0000000-0000-4000-8000-000000000001', 'aa000000-0000-4000-8000-000000000002',
        'a9000000-0000-4000-8000-000000000001', 2, 'recognise', 'succeeded', 10,
        '{"model": "large"}', '{"words": 412}', '2026-02-16T10:00:40.000000Z', 1, NULL, '2026-02-16T10:04:31.120000Z'),
    ('a0000000-0000-4000-8000-000000000001', 'aa000000-0000-4000-8000-000000000003',
        'a9000000-0000-4000-8000-000000000002', 1, 'fetch', 'queued', 0,
        '{}', NULL, '2026-04-21T02:00:00.000000Z', 0, NULL, NULL),
    ('b0000000-0000-4000-8000-000000000001', 'ba000000-0000-4000-8000-000000000001',
        'b9000000-0000-4000-8000-000000000001', 1, 'split-audio', 'failed', 10,
        '{"chunk_s": 600}', NULL, '2026-03-02T07:30:00.000000Z', 3, 'no audio in the file',
        '2026-03-02T07:41:00.000000Z')
ON CONFLICT DO NOTHING;
