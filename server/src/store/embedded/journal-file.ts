/**
 * One file of the journal: entries one after the other, each durable before `append` returns.
 *
 *   file   = header entry*
 *   header = magic (8 bytes) ‖ salt (8) ‖ number of the first entry (8) ‖ check of the entry before it (4) ‖ crc32 of these (4)
 *   entry  = length of the text (4) ‖ number (8) ‖ check (4) ‖ text, UTF-8
 *   check  = crc32 of salt, length, number and text, that goes on from the check before it
 *
 * So an entry counts only behind the very one that it was written behind, and nothing that an earlier use of the file has left
 * can be taken for one: the salt is drawn anew each time. What ends in the middle was never acknowledged. All numbers are
 * little-endian.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { type Disk, isFull } from './disk.ts'
import { syncFolder } from './folder.ts'

/** An entry's number, from 1 and dense over all files, and its check. */
export interface Place {
  readonly number: number
  readonly check: number
}

export interface FoundEntry extends Place {
  /**
   * Undefined where it is damaged, or nothing says that it is not, and others were written behind it: each is on disk before the next one
   * is begun, so it was acknowledged.
   */
  readonly text?: string
}

/** What a file holds, from the first entry to the last whole one. */
export interface FoundFile {
  /** The entry that its first one was written behind. */
  readonly after: Place
  readonly entries: readonly FoundEntry[]
}

const MAGIC = Buffer.from('HPJRNL01')
const SALT_AT = MAGIC.length
const FIRST_AT = SALT_AT + 8
const AFTER_AT = FIRST_AT + 8
const HEADER_CHECK_AT = AFTER_AT + 4
const HEADER_LENGTH = HEADER_CHECK_AT + 4

const NUMBER_AT = 4
const CHECK_AT = NUMBER_AT + 8
const ENTRY_HEAD = CHECK_AT + 4

/** Written ahead as zeros: a flush of what lies within the file need not write down its new length as well. */
const AHEAD = Buffer.alloc(256 * 1024)
/** What a batch beyond all measure took is not kept for the next one. Unit: bytes. */
const KEPT_BUFFER = 8 * 2 ** 20
/** The longest text of an entry, UTF-16 units, and what that may come to in bytes. */
const LONGEST = 2 ** 26
const LONGEST_BYTES = 3 * LONGEST
const OWNER_ONLY = 0o600

/** Writes into one file, from its beginning, until it is begun anew. */
export class JournalFile {
  readonly #path: string
  readonly #disk: Disk
  #file: number | undefined
  #size = 0
  #at = 0
  #salt: Buffer = Buffer.alloc(0)
  #buffer: Buffer = Buffer.alloc(0)
  /** The last entry in it; undefined where it holds none. */
  last: Place | undefined

  constructor(path: string, disk: Disk) {
    this.#path = path
    this.#disk = disk
  }

  /** How much it holds, bytes. */
  get length(): number {
    return this.#at
  }

  /** What it holds is needed no more: the next entry is its first. */
  beginAnew(): void {
    this.#at = 0
    this.last = undefined
  }

  /**
   * Returns the place of an entry of these pieces of text once it is on disk. Throws NoRoom where the disk is full, or the text is too long to be read again,
   * in which case it holds what it held; and whatever the disk says otherwise, in which case nobody knows what it holds.
   */
  append(pieces: readonly string[], after: Place): Place {
    const units = lengthOf(pieces)
    if (units > LONGEST) throw new NoRoom({ cause: `an entry of ${units} characters` })
    const file = this.#open()
    const start = this.last ? this.#at : 0
    if (!this.last) this.#salt = randomBytes(8)
    const head = this.last ? 0 : HEADER_LENGTH
    const place = this.#encode(pieces, units, head, after)
    const bytes = this.#buffer.subarray(0, head + ENTRY_HEAD + place.length)
    this.#writeAhead(file, start + bytes.length)
    try {
      this.#disk.write(file, bytes, start)
    } catch (error) {
      throw isFull(error) ? new NoRoom({ cause: error }) : error
    }
    this.#disk.flush(file)
    this.#size = Math.max(this.#size, start + bytes.length)
    this.#at = start + bytes.length
    this.last = { number: place.number, check: place.check }
    if (this.#buffer.length > KEPT_BUFFER) this.#buffer = Buffer.alloc(0)
    return this.last
  }

  /** Opens it and gives it some length, where that is not done; false where there is no room. Nothing in it changes. */
  isReady(): boolean {
    try {
      const file = this.#open()
      if (this.#size === 0) this.#writeAhead(file, 1)
      return this.#size > 0
    } catch (error) {
      if (error instanceof NoRoom) return false
      throw error
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #open(): number {
    if (this.#file !== undefined) return this.#file
    const isNew = !existsSync(this.#path)
    try {
      this.#file = openSync(this.#path, isNew ? 'wx+' : 'r+', OWNER_ONLY)
    } catch (error) {
      // nothing was written, whatever the reason
      throw new NoRoom({ cause: error })
    }
    if (isNew) syncFolder(dirname(this.#path))
    this.#size = fstatSync(this.#file).size
    return this.#file
  }

  /** Into the buffer: the file's header, where one is needed, and the entry. Pieces are not joined first: that costs ten times as much. */
  #encode(
    pieces: readonly string[],
    units: number,
    head: number,
    after: Place,
  ): Place & { readonly length: number } {
    // three bytes at most for each UTF-16 unit
    const needed = head + ENTRY_HEAD + 3 * units
    if (this.#buffer.length < needed) this.#buffer = Buffer.allocUnsafe(2 * needed)
    const buffer = this.#buffer
    let length = 0
    for (const piece of pieces) length += buffer.write(piece, head + ENTRY_HEAD + length)
    const number = after.number + 1
    if (head > 0) encodeHeader(buffer, this.#salt, after)
    buffer.writeUInt32LE(length, head)
    buffer.writeBigUInt64LE(BigInt(number), head + NUMBER_AT)
    const check = checkOf(this.#salt, buffer.subarray(head, head + ENTRY_HEAD + length), after.check)
    buffer.writeUInt32LE(check, head + CHECK_AT)
    return { number, check, length }
  }

  /** Where there is no room for it, what is written next finds that out for itself. */
  #writeAhead(file: number, end: number): void {
    if (end <= this.#size) return
    try {
      while (this.#size < end) {
        this.#disk.extend(file, AHEAD, this.#size)
        this.#size += AHEAD.length
      }
    } catch (error) {
      if (!isFull(error)) throw error
      this.#size = fstatSync(file).size
    }
  }
}

function lengthOf(pieces: readonly string[]): number {
  let length = 0
  for (const piece of pieces) length += piece.length
  return length
}

/** The disk is full; nothing was written. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom'
  constructor(options: ErrorOptions) {
    super('The disk has no room for the journal.', options)
  }
}

/**
 * What is in a file; undefined where it holds no entry at all, and `headless` where it may, and nobody can tell without its header.
 * `settled`: an entry whose check is known elsewhere, so that what was written behind it is found, however much before it is damaged.
 */
export function readJournalFile(path: string, settled: Place): FoundFile | 'headless' | undefined {
  const bytes = bytesOf(path)
  if (!bytes) return undefined
  const after = decodeHeader(bytes)
  if (!after) return isBlank(bytes) ? undefined : 'headless'
  const salt = bytes.subarray(SALT_AT, FIRST_AT)
  const entries: FoundEntry[] = []
  let at = HEADER_LENGTH
  for (let last = after; ; ) {
    const entry = entryAt(bytes, at, salt, last) ?? damagedFrom(bytes, at, salt, last, settled)
    if (!entry) break
    entries.push(entry.found)
    last = entry.found
    at = entry.end
  }
  return entries.length > 0 ? { after, entries } : undefined
}

/**
 * Whether a file without a header holds nothing that was acknowledged. It is zeros until its first entry is written, in one piece with the
 * header: of that, a power cut may leave any part. A second one behind another is begun only once those are on disk.
 */
function isBlank(bytes: Buffer): boolean {
  if (bytes.length < HEADER_LENGTH) return true
  if (!bytes.subarray(0, HEADER_LENGTH).equals(AHEAD.subarray(0, HEADER_LENGTH))) return false
  for (let at = HEADER_LENGTH; at + 2 * ENTRY_HEAD <= bytes.length; at++) {
    const next = at + ENTRY_HEAD + bytes.readUInt32LE(at)
    const number = numberAt(bytes, at)
    if (
      number > 0 &&
      number < Number.MAX_SAFE_INTEGER &&
      next + ENTRY_HEAD <= bytes.length &&
      numberAt(bytes, next) === number + 1
    )
      return false
  }
  return true
}

/** Undefined where there is no such file. One that is there and can't be read must not pass for none: it holds what was acknowledged. */
function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Where no entry stands behind `last`, and a later one does: the place that it was written behind, and where it begins. Its check goes on
 * from that one's, as it is noted there, follows from the bytes in between, or is known: which no chance and no earlier use of the file
 * leaves behind. What is in between was acknowledged, as it was itself. Undefined where there is none: then it is the end, which nobody was
 * told of.
 */
function damagedFrom(
  bytes: Buffer,
  at: number,
  salt: Buffer,
  last: Place,
  settled: Place,
): { readonly found: Place; readonly end: number } | undefined {
  const most = last.number + Math.ceil(bytes.length / ENTRY_HEAD)
  /** What an entry of that number notes as its check, if it is one. */
  const noted = new Map([[settled.number, [settled.check]]])
  const note = (number: number, place: number): void => {
    noted.set(number, [...(noted.get(number) ?? []), bytes.readUInt32LE(place + CHECK_AT)])
  }
  const damaged = last.number + 1
  if (at + ENTRY_HEAD <= bytes.length) note(damaged, at)
  const end = Math.min(lastUsed(bytes), bytes.length - ENTRY_HEAD)
  for (let there = at + ENTRY_HEAD; there <= end; there++) {
    const number = numberAt(bytes, there)
    if (number <= damaged || number > most) continue
    const before = number - 1
    const checks = [...(noted.get(before) ?? [])]
    if (before === damaged) checks.push(checkOf(salt, bytes.subarray(at, there), last.check))
    const check = checks.find((one) => entryAt(bytes, there, salt, { number: before, check: one }))
    if (check !== undefined) return { found: { number: before, check }, end: there }
    note(number, there)
  }
  return undefined
}

/** Behind that there are zeros alone, as they were written ahead. */
function lastUsed(bytes: Buffer): number {
  let at = bytes.length - 1
  while (bytes[at] === 0) at -= 1
  return at
}

/** Of what begins there, if it is an entry. */
const numberAt = (bytes: Buffer, at: number): number =>
  bytes.readUInt32LE(at + NUMBER_AT) + 2 ** 32 * bytes.readUInt32LE(at + NUMBER_AT + 4)

function entryAt(
  bytes: Buffer,
  at: number,
  salt: Buffer,
  after: Place,
): { readonly found: FoundEntry; readonly end: number } | undefined {
  if (at + ENTRY_HEAD > bytes.length) return undefined
  const length = bytes.readUInt32LE(at)
  const end = at + ENTRY_HEAD + length
  if (length > LONGEST_BYTES || end > bytes.length) return undefined
  const number = numberAt(bytes, at)
  if (number !== after.number + 1) return undefined
  const check = bytes.readUInt32LE(at + CHECK_AT)
  if (checkOf(salt, bytes.subarray(at, end), after.check) !== check) return undefined
  return { found: { number, check, text: bytes.toString('utf8', at + ENTRY_HEAD, end) }, end }
}

/** Of an entry, but for the place of the check itself. */
function checkOf(salt: Buffer, entry: Buffer, after: number): number {
  const head = crc32(entry.subarray(0, CHECK_AT), crc32(salt, after))
  return crc32(entry.subarray(ENTRY_HEAD), head)
}

function encodeHeader(into: Buffer, salt: Buffer, after: Place): void {
  MAGIC.copy(into)
  salt.copy(into, SALT_AT)
  into.writeBigUInt64LE(BigInt(after.number + 1), FIRST_AT)
  into.writeUInt32LE(after.check, AFTER_AT)
  into.writeUInt32LE(crc32(into.subarray(0, HEADER_CHECK_AT)), HEADER_CHECK_AT)
}

function decodeHeader(bytes: Buffer): Place | undefined {
  if (bytes.length < HEADER_LENGTH || !bytes.subarray(0, SALT_AT).equals(MAGIC)) return undefined
  if (crc32(bytes.subarray(0, HEADER_CHECK_AT)) !== bytes.readUInt32LE(HEADER_CHECK_AT)) return undefined
  return { number: Number(bytes.readBigUInt64LE(FIRST_AT)) - 1, check: bytes.readUInt32LE(AFTER_AT) }
}
