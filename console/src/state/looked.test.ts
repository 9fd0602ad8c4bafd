import type { Digest } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { digestSeen, noteSeen, partSeen } from './looked.ts'
import { forgetPerson } from './of-person.ts'

const digest = (name: string) => name as Digest

it('[AP9] [AP10] what was read whole keeps its digest, however many were looked at since; a part has none', () => {
  for (let at = 0; at < 100; at++) noteSeen(`item-${at}`, 1, 1, digest(`of-${at}`))
  noteSeen('half', 1, 0.5, digest('of-half'))
  expect(Array.from({ length: 100 }, (_, at) => digestSeen(`item-${at}`, 1))).toEqual(
    Array.from({ length: 100 }, (_, at) => `of-${at}`),
  )
  expect(digestSeen('half', 1)).toBeUndefined()
  expect(digestSeen('item-0', 2)).toBeUndefined()
  // other bytes under the same name begin anew
  noteSeen('item-0', 1, 0.2, digest('others'))
  expect(partSeen('item-0', 1)).toBe(0.2)
  expect(digestSeen('item-0', 1)).toBeUndefined()
  forgetPerson()
  expect(digestSeen('item-1', 1)).toBeUndefined()
})
