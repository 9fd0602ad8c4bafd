import { NAME_PATTERN, TENANT_PATTERN } from '@holdpoint/shared'

/** What a session's cookie says. `secret` is made of the session's seed and the generation, and is all that counts. */
export interface Presented {
  readonly tenant: string
  readonly person: string
  readonly id: string
  readonly generation: number
  readonly secret: string
}

const MAX_LENGTH = 512

export const cookieOf = ({ tenant, person, id, generation, secret }: Presented): string =>
  [tenant, person, id, generation, secret].join('~')

/** Undefined for what is none of ours. */
export function readCookie(text: string): Presented | undefined {
  const [tenant = '', person = '', id = '', generation = '', secret = '', ...more] = text.split('~')
  const fits =
    text.length <= MAX_LENGTH &&
    more.length === 0 &&
    TENANT_PATTERN.test(tenant) &&
    NAME_PATTERN.test(person) &&
    /^[0-9a-f-]{36}$/.test(id) &&
    /^[1-9][0-9]{0,8}$/.test(generation)
  return fits ? { tenant, person, id, generation: Number(generation), secret } : undefined
}
