//! The bounds of everything that is stored, in one place.

/// Sizes and counts the store accepts; more is [`StoreError::TooLarge`](crate::StoreError::TooLarge),
/// [`Invalid`](crate::StoreError::Invalid) or [`Busy`](crate::StoreError::Busy).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one document body as JSON text. Default 2 MiB.
    pub body_bytes: usize,
    /// Nesting of a body's arrays and objects. Default 100 (what the JSON reader accepts is 127).
    pub body_depth: usize,
    /// Characters of an id, kind, realm or user name. Default 256.
    pub name_chars: usize,
    /// Bytes of one media file, recording or voicemail message. Default 256 MiB.
    pub blob_bytes: u64,
    /// Bytes of one call's journal, and of its trace, before compression. Default 16 MiB.
    pub journal_bytes: usize,
    /// Bytes of call records waiting to be written, all together. Default 64 MiB.
    pub queued_bytes: usize,
    /// Writes waiting for the writer. Default 8192.
    pub queued_writes: usize,
    /// Entries kept of what the flows of one account asked web servers. Default 2,000.
    pub attempts: usize,
    /// Rows one list call returns at most. Default 10,000.
    pub page_rows: usize,
    /// Files in an imported folder. Default 20,000.
    pub folder_files: usize,
    /// Bytes of all files in an imported folder. Default 256 MiB.
    pub folder_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body_bytes: 2 << 20,
            body_depth: 100,
            name_chars: 256,
            blob_bytes: 256 << 20,
            journal_bytes: 16 << 20,
            queued_bytes: 64 << 20,
            queued_writes: 8192,
            attempts: 2_000,
            page_rows: 10_000,
            folder_files: 20_000,
            folder_bytes: 256 << 20,
        }
    }
}
