import { expect, it } from 'vitest'
import type { Digest } from './canonical.ts'
import { digestMarks } from './digest-marks.ts'

const line = (reads: string, hex: string) => ({ reads, digest: `sha256:${hex.padEnd(64, '0')}` as Digest })

it('[AP10] marks lines of different bytes that read the same, and no others', () => {
  const lines = [line('x', 'aa11'), line('x', 'bb22'), line('y', 'cc33'), line('z', 'dd'), line('z', 'dd')]
  expect(digestMarks(lines)).toEqual(['aa110000', 'bb220000', undefined, undefined, undefined])
})

it('[AP10] shows more of digests that begin alike, which an agent can bring about', () => {
  const lines = [line('x', 'aaaaaaaaaaaa1'), line('x', 'ff'), line('x', 'aaaaaaaaaaaa2')]
  expect(digestMarks(lines)).toEqual(['aaaaaaaaaaaa1', 'ff00000000000', 'aaaaaaaaaaaa2'])
})
