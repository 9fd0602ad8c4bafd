import { computed, signal } from '@preact/signals'

/** Where the reader is: `#/agents/a%2Fb` is page `agents`, id `a/b`. In the fragment, so that no server log has it. */
export interface Route {
  readonly page: string
  readonly id: string | undefined
  readonly query: URLSearchParams
}

const hash = signal(location.hash)

export const route = computed<Route>(() => {
  const [path = '', query = ''] = hash.value.replace(/^#\/?/, '').split('?')
  const [page = '', ...rest] = path.split('/')
  return { page: page || 'queue', id: decoded(rest.join('/')), query: new URLSearchParams(query) }
})

export function followRoute(): void {
  addEventListener('hashchange', () => {
    hash.value = location.hash
  })
}

interface Going {
  readonly replace?: boolean
  readonly query?: URLSearchParams
}

export function go(page: string, id?: string, { replace = false, query }: Going = {}): void {
  const next = linkTo(page, id, query)
  if (next === location.hash) return
  if (replace) history.replaceState(null, '', next)
  else history.pushState(null, '', next)
  hash.value = location.hash
}

export const linkTo = (page: string, id?: string, query?: URLSearchParams): string =>
  `#/${page}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${query?.size ? `?${query}` : ''}`

/** Undefined where it is empty or not encoded as an address is. */
export function decoded(text: string): string | undefined {
  if (text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
