/** What the store asks of the operating system to keep its files. It asks nothing else, so that tests can break each. */
import { fdatasync, fdatasyncSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { promisify } from 'node:util'
import { connect, type Db } from './sqlite.ts'

export interface Disk {
  /** The database, as nobody has it open yet; SQLite writes to it by itself. */
  connect(file: string): Db
  /** All of it, into a file of the journal, or it throws. */
  write(file: number, bytes: Buffer, at: number): void
  /** Zeros at the end of a file of the journal. */
  extend(file: number, zeros: Buffer, at: number): void
  /** Returns once all that was written to the file is on disk. */
  flush(file: number): void
  /** The same in a thread of its own, for what would take long. */
  flushApart(file: number): Promise<void>
}

function writeAll(file: number, bytes: Buffer, at: number): void {
  let written = 0
  while (written < bytes.length)
    written += writeSync(file, bytes, written, bytes.length - written, at + written)
}

export const systemDisk: Disk = {
  connect,
  write: writeAll,
  extend: writeAll,
  flush: fdatasyncSync,
  flushApart: promisify(fdatasync),
}

/** Whether nothing more can be written for want of room, by what Node throws. It has no name for a quota that is used up (EDQUOT). */
export const isFull = (error: unknown): boolean => {
  const { code, errno } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || (errno !== undefined && -errno === constants.errno.EDQUOT)
}
