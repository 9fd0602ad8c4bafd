import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Disk, systemDisk } from './disk.ts'
import { JournalFile, NoRoom, type Place, readJournalFile } from './journal-file.ts'

const START: Place = { number: 41, check: 7 }
const NOTHING: Place = { number: 0, check: 0 }
const HEADER_LENGTH = 32
const ENTRY_HEAD = 16
/** Also what takes several bytes, and what could be taken for an entry of its own. */
const texts = ['first', '', 'ünïcödé 😀'.repeat(20), '\u0005\u0000\u0000\u0000*', 'last']

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdpoint-journal-'))
  path = join(folder, 'journal')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function written(disk: Disk = systemDisk): JournalFile {
  const file = new JournalFile(path, disk)
  let last = START
  for (const text of texts) last = file.append([text.slice(0, 3), text.slice(3)], last)
  return file
}

const read = (settled = NOTHING) => {
  const file = readJournalFile(path, settled)
  if (file === 'headless') throw new Error(file)
  return file
}
const found = (settled = NOTHING): readonly (string | undefined)[] =>
  (read(settled)?.entries ?? []).map(({ text }) => text)

describe('a journal file', () => {
  it('[ST3] gives back what was appended, numbered from where it began', () => {
    const file = written()
    file.close()
    expect(read()?.after).toEqual(START)
    expect(found()).toEqual(texts)
    expect(read()?.entries.map(({ number }) => number)).toEqual([42, 43, 44, 45, 46])
    expect(read()?.entries.at(-1)).toMatchObject(file.last ?? {})
  })

  it('[ST3] cut off at any byte, it ends with the last whole entry', () => {
    const file = written()
    file.close()
    const whole = readFileSync(path)
    const counts = new Set<number>()
    for (let length = file.length; length >= 0; length--) {
      writeFileSync(path, whole.subarray(0, length))
      expect(texts.slice(0, found().length)).toEqual(found())
      counts.add(found().length)
    }
    expect([...counts]).toEqual([5, 4, 3, 2, 1, 0])
  })

  it('[ST3] a bit that has changed is no end where more was written behind it: that had been acknowledged', () => {
    const file = written()
    file.close()
    const whole = readFileSync(path)
    const lastBegins = whole.indexOf('last') - ENTRY_HEAD
    for (let at = 0; at < file.length; at++) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(path, damaged)
      if (at < HEADER_LENGTH) {
        expect(readJournalFile(path, NOTHING), `byte ${at}`).toBe('headless')
        continue
      }
      const left = found()
      // as one that its process died over, which nobody was told of
      if (at >= lastBegins) expect(left, `byte ${at}`).toEqual(texts.slice(0, -1))
      else {
        expect(left, `byte ${at}`).toHaveLength(texts.length)
        expect(left.filter((text) => text === undefined)).toHaveLength(1)
        expect(left.filter((text, n) => text !== undefined && text !== texts[n])).toEqual([])
      }
    }
  })

  it('[ST3] one that is there and can not be read does not pass for none', () => {
    mkdirSync(path)
    expect(found).toThrow('EISDIR')
    rmdirSync(path)
    expect(found()).toEqual([])
  })

  it('[ST3] begun anew, it has nothing of what it held before, though that still stands behind', () => {
    const file = written()
    file.beginAnew()
    // as long as the first entry was, so that the second still begins where it began
    file.append(['FIRST'], { number: 46, check: 1 })
    file.close()
    expect(found()).toEqual(['FIRST'])
    expect(read()?.after).toEqual({ number: 46, check: 1 })
  })

  it('[ST8] on a full disk nothing is appended, and the next entry stands where that one would have', () => {
    let room = Number.POSITIVE_INFINITY
    const full = () => Object.assign(new Error('full'), { code: 'ENOSPC' })
    const disk: Disk = {
      ...systemDisk,
      write(file, bytes, at) {
        // as a disk does that is full: some of it is written
        systemDisk.write(file, bytes.subarray(0, room), at)
        if (bytes.length > room) throw full()
      },
    }
    const file = written(disk)
    const last = file.last as Place
    room = 30
    expect(() => file.append(['x'.repeat(100)], last)).toThrow(NoRoom)
    expect(found()).toEqual(texts)
    room = 1_000
    file.append(['after'], last)
    file.close()
    expect(found()).toEqual([...texts, 'after'])
  })

  it('[ST8] refuses a text that it could not read again, and holds what it held', () => {
    const file = written()
    const last = file.last as Place
    expect(() => file.append(['x'.repeat(2 ** 26 + 1)], last)).toThrow(NoRoom)
    file.append(['after'], last)
    file.close()
    expect(found()).toEqual([...texts, 'after'])
  })

  it('[ST8] that can not be opened takes nothing, and holds nothing', () => {
    const file = new JournalFile(join(folder, 'nowhere', 'journal'), systemDisk)
    expect(() => file.append(['first'], START)).toThrow(NoRoom)
    expect(file.isReady()).toBe(false)
  })

  it('goes on where there is no room to write ahead, and lies within its length where there is', () => {
    const file = written()
    expect(statSync(path).size).toBeGreaterThan(file.length)
    file.close()
    rmSync(path)
    const disk: Disk = {
      ...systemDisk,
      extend() {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      },
    }
    const tight = written(disk)
    expect(statSync(path).size).toBe(tight.length)
    tight.close()
    expect(found()).toEqual(texts)
  })

  it('[ST3] that has lost its first page is no empty one where an entry stands behind another there', () => {
    const file = new JournalFile(path, systemDisk)
    const first = file.append(['x'.repeat(10_000)], START)
    const withoutHeader = () => readFileSync(path).fill(0, 0, 4_096)
    // the first is written together with the header: cut off in its midst, nobody was told of it
    writeFileSync(path, withoutHeader())
    expect(read()).toBeUndefined()
    file.append(['second'], file.append(['next'], first))
    file.close()
    writeFileSync(path, withoutHeader())
    expect(readJournalFile(path, NOTHING)).toBe('headless')
  })

  it('[ST3] finds what was written behind an entry that the tables have, however much before it is damaged', () => {
    const file = new JournalFile(path, systemDisk)
    let last = START
    const places = ['one', 'two', 'three', 'four', 'five'].map((text) => {
      last = file.append([text], last)
      return last
    })
    file.close()
    const whole = readFileSync(path)
    writeFileSync(path, whole.fill(0xa5, whole.indexOf('two'), whole.indexOf('three') + 3))
    const [, , three, four] = places
    // nothing says that the fourth is whole but that the fifth stands behind it
    expect(found()).toEqual(['one', undefined, 'five'])
    expect(read()?.entries[1]).toEqual(four)
    expect(found(three)).toEqual(['one', undefined, 'four', 'five'])
    expect(read(three)?.entries[1]).toEqual(three)
  })

  it('an empty file holds nothing, nor does one of zeros; what is no journal may', () => {
    expect(read()).toBeUndefined()
    for (const empty of ['', '\0'.repeat(10), '\0'.repeat(100_000)]) {
      writeFileSync(path, empty)
      expect(read()).toBeUndefined()
    }
    writeFileSync(path, 'something else altogether, and longer than any header')
    expect(readJournalFile(path, NOTHING)).toBe('headless')
  })
})
