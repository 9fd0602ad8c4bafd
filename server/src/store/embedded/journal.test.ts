import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StoreUnusable } from '../store.ts'
import { systemDisk } from './disk.ts'
import { type Journal, openJournal, readJournal } from './journal.ts'
import type { Place } from './journal-file.ts'
import { StoreHealth } from './store-health.ts'

const NOTHING: Place = { number: 0, check: 0 }
const LONG = 'x'.repeat(2 ** 20)

let folder: string
let paths: [string, string]
let journal: Journal
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdpoint-journal-'))
  paths = [join(folder, 'a'), join(folder, 'b')]
  journal = open(NOTHING)
})
afterEach(() => {
  journal.close()
  rmSync(folder, { recursive: true, force: true })
})

const open = (last: Place): Journal =>
  openJournal(
    paths,
    last,
    systemDisk,
    new StoreHealth((error) => {
      throw error
    }),
  )
const owed = (settled: Place): readonly string[] =>
  readJournal(paths, settled).map(({ text }) => text.replaceAll('x', ''))

describe('the journal', () => {
  it('[ST3] holds what its files hold beyond the entry that the tables got last, in order', () => {
    const places: Place[] = [NOTHING]
    for (let n = 1; n <= 12; n++) {
      journal.append([`${LONG}${n}`])
      places.push(journal.last)
    }
    for (const [settled, place] of places.entries())
      expect(owed(place)).toEqual(Array.from({ length: 12 - settled }, (_, i) => String(settled + 1 + i)))
  })

  it('[ST3] damaged, it is refused as long as the tables lack what that was', () => {
    const places: Place[] = [NOTHING]
    for (let n = 1; n <= 5; n++) {
      journal.append([`entry ${n}`])
      places.push(journal.last)
    }
    const bytes = readFileSync(paths[0])
    bytes.write('?', bytes.indexOf('entry 3'))
    writeFileSync(paths[0], bytes)
    const outcomes = places.map((settled) => {
      try {
        return owed(settled)
      } catch (error) {
        expect(error).toBeInstanceOf(StoreUnusable)
        return (error as Error).message.slice(0, 55)
      }
    })
    const refused = 'The journal (holdpoint.db-journal-a, -b) is damaged beh'
    expect(outcomes).toEqual([refused, refused, refused, ['entry 4', 'entry 5'], ['entry 5'], []])
  })

  it('[ST3] damaged in several entries beside each other, it is refused as long as the tables lack what stands behind them', () => {
    const places: Place[] = [NOTHING]
    for (let n = 1; n <= 6; n++) {
      journal.append([`entry ${n}`])
      places.push(journal.last)
    }
    const whole = readFileSync(paths[0])
    const [from, to] = [whole.indexOf('entry 2'), whole.indexOf('entry 4')]
    for (const fill of [0, 0xff, 'entry']) {
      writeFileSync(paths[0], Buffer.from(whole).fill(fill, from, to))
      for (const settled of places.slice(0, 4)) expect(() => owed(settled)).toThrow('is damaged behind batch')
      expect(owed(places[5] as Place)).toEqual(['entry 6'])
      expect(owed(places[6] as Place)).toEqual([])
    }
  })

  it('[ST3] is refused where a file has lost its beginning, whatever the tables have', () => {
    for (let n = 1; n <= 3; n++) journal.append([`entry ${n}`])
    const { last } = journal
    for (const settled of [NOTHING, last])
      for (const fill of [0, '?']) {
        const whole = readFileSync(paths[0])
        writeFileSync(paths[0], Buffer.from(whole).fill(fill, 0, 32))
        expect(() => owed(settled)).toThrow(StoreUnusable)
        expect(() => owed(settled)).toThrow(`The beginning of ${paths[0]} is damaged`)
        writeFileSync(paths[0], whole)
      }
    expect(owed(last)).toEqual([])
  })

  it('[ST3] goes on behind damage in what the tables have, from the very entry that they got last', () => {
    const places = [1, 2, 3, 4].map((n) => {
      journal.append([`entry ${n}`])
      return journal.last
    })
    const bytes = readFileSync(paths[0])
    writeFileSync(paths[0], bytes.fill(0, bytes.indexOf('entry 1'), bytes.indexOf('entry 3') - 16))
    expect(owed(places[1] as Place)).toEqual(['entry 3', 'entry 4'])
    expect(() => owed(places[0] as Place)).toThrow('is damaged behind batch 1,')
  })

  it('[ST3] begins a file anew only once the tables have all of it on disk', () => {
    for (let n = 1; n <= 5; n++) journal.append([`${LONG}${n}`])
    const first = journal.last
    for (let n = 6; n <= 9; n++) journal.append([`${LONG}${n}`])
    expect(journal.waitsFor({ ...first, number: first.number - 2 })).toBe(false)
    journal.release({ ...first, number: first.number - 2 })
    expect(owed(NOTHING)).toHaveLength(9)
    expect(journal.waitsFor(first)).toBe(true)
    journal.release(first)
    for (let n = 10; n <= 14; n++) journal.append([`${LONG}${n}`])
    expect(owed(first)).toEqual(['6', '7', '8', '9', '10', '11', '12', '13', '14'])
    // the tables lost what they had not flushed: entries are missing, and it is said
    expect(() => readJournal(paths, NOTHING)).toThrow(
      /hold what was committed up to batch 0, and then from batch 5 on: what lies between is damaged or gone/,
    )
  })

  it('[ST9] goes on behind a database of its own history alone', () => {
    for (const text of ['one', 'two', 'three']) journal.append([text])
    journal.close()
    expect(owed({ number: 3, check: journal.last.check })).toEqual([])
    for (const other of [
      { number: 3, check: journal.last.check + 1 },
      { number: 2, check: 5 },
    ])
      expect(() => readJournal(paths, other)).toThrow(/goes on at . of another history: put both back/)
    // nothing of a journal counts that a newer database has long had
    expect(owed({ number: 9, check: 5 })).toEqual([])
  })

  it('[ST9] a file of another history behind the right one is refused', () => {
    journal.append(['one'])
    const { last } = journal
    journal.close()
    copyFileSync(paths[0], join(folder, 'kept'))
    rmSync(paths[0])
    const other = open({ number: 1, check: (last.check ^ 1) >>> 0 })
    other.append(['two'])
    other.close()
    copyFileSync(paths[0], paths[1])
    copyFileSync(join(folder, 'kept'), paths[0])
    expect(() => readJournal(paths, NOTHING)).toThrow(StoreUnusable)
  })
})
