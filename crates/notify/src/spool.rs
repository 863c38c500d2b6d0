//! Jobs on disk, a file each: `outbox/<id>.json` while one waits, `outbox/failed/<id>.json` when it was given up.
//!
//! A file is whole or not there, also after a power cut. Not here: when a job is tried.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::Job;

/// Jobs that were given up and are kept for whoever looks; the oldest go first.
const FAILED_MAX: usize = 1_000;

/// Largest file that is read as a job.
const JOB_BYTES_MAX: u64 = 1 << 20;

/// A folder of jobs.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    failed: PathBuf,
}

impl Spool {
    /// Opens a folder, or makes it.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Spool> {
        let failed = folder.join("failed");
        fs::create_dir_all(&failed)?;
        Ok(Spool { folder, failed })
    }

    /// The jobs that wait. Files that are no jobs are left alone.
    pub(crate) fn waiting(&self) -> io::Result<Vec<Job>> {
        let mut jobs = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                match read(&path) {
                    Ok(job) if self.path(&job.id) == path => jobs.push(job),
                    Ok(_) => tracing::warn!(file = %path.display(), "a job in the outbox has another's name"),
                    Err(error) => {
                        tracing::warn!(file = %path.display(), %error, "a file in the outbox is no job")
                    }
                }
            }
        }
        Ok(jobs)
    }

    /// A job as it is on disk.
    pub(crate) fn read(&self, id: &str) -> io::Result<Job> {
        read(&self.path(id))
    }

    /// Keeps a job; it is on disk when this returns.
    pub(crate) fn keep(&self, job: &Job) -> io::Result<()> {
        write(&self.folder, &self.path(&job.id), job)
    }

    /// Forgets a job that was sent.
    pub(crate) fn remove(&self, id: &str) -> io::Result<()> {
        fs::remove_file(self.path(id))
    }

    /// Puts a job aside that was given up.
    pub(crate) fn give_up(&self, job: &Job) -> io::Result<()> {
        write(&self.failed, &self.failed.join(format!("{}.json", job.id)), job)?;
        self.remove(&job.id)?;
        self.prune()
    }

    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.failed)? {
            let entry = entry?;
            files.push((entry.metadata()?.modified()?, entry.path()));
        }
        files.sort();
        let surplus = files.len().saturating_sub(FAILED_MAX);
        files.into_iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

fn read(path: &Path) -> io::Result<Job> {
    let length = fs::metadata(path)?.len();
    if length > JOB_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "too large"));
    }
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

fn write(folder: &Path, path: &Path, job: &Job) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = File::create(&draft)?;
    file.write_all(&serde_json::to_vec(job)?)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(folder)?.sync_all()
}
