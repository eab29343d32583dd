-- migration: 1_base
CREATE TABLE project (tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE task (tenant_id uuid NOT NULL, id uuid NOT NULL, project_id uuid, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id) ON DELETE SET NULL (project_id));
