import { expect, it } from 'vitest'
import { StoreUnusable } from '../store.ts'
import { migrate } from './migrate.ts'
import { connect } from './sqlite.ts'

const first = 'CREATE TABLE notes (text TEXT)'
const second = `ALTER TABLE notes ADD COLUMN author TEXT; UPDATE notes SET author = 'nobody'`
const broken = 'CREATE TABLE more (text TEXT); INSERT INTO nowhere VALUES (1)'

const versionOf = (db: ReturnType<typeof connect>): unknown => db.pragma('user_version', { simple: true })

it('an older version is brought up to date, and keeps what it holds', () => {
  const db = connect(':memory:')
  expect(migrate(db, [first])).toBe(0)
  db.exec(`INSERT INTO notes VALUES ('kept')`)
  expect(migrate(db, [first, second])).toBe(1)
  expect(migrate(db, [first, second])).toBe(2)
  expect(versionOf(db)).toBe(2)
  expect(db.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'kept', author: 'nobody' }])
})

it('a step that fails leaves the version that was', () => {
  const db = connect(':memory:')
  migrate(db, [first])
  expect(() => migrate(db, [first, second, broken])).toThrow('nowhere')
  expect(versionOf(db)).toBe(1)
  expect(db.prepare(`SELECT name FROM pragma_table_info('notes')`).pluck().all()).toEqual(['text'])
  expect(db.prepare(`SELECT count(*) FROM sqlite_schema WHERE name = 'more'`).pluck().get()).toBe(0)
})

it('a newer version is refused', () => {
  const db = connect(':memory:')
  migrate(db, [first, second])
  expect(() => migrate(db, [first])).toThrow(StoreUnusable)
  expect(versionOf(db)).toBe(2)
})
