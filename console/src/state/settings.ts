import { effect, signal } from '@preact/signals'

export const themes = ['system', 'light', 'dark', 'contrast'] as const
export type Theme = (typeof themes)[number]

/** A filter under a name, as its maker left it. */
export interface SavedView {
  readonly name: string
  readonly scope: string
  readonly text: string
}

interface Settings {
  readonly theme: Theme
  /** WCAG 2.1.4: single-letter keys can be switched off. */
  readonly keys: boolean
  readonly sound: boolean
  readonly notify: boolean
  readonly views: readonly SavedView[]
}

/** What this browser prefers; nothing that would let anybody sign in is ever kept. */
const NAME = 'holdpoint.settings'
const initial: Settings = { theme: 'system', keys: true, sound: false, notify: false, views: [] }

export const settings = signal<Settings>(read())

export function set(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change }
}

/** Applies the theme to the page, keeps what was chosen, and follows what another tab and the system choose. */
export function followSettings(): void {
  const wanted = matchMedia('(prefers-contrast: more)')
  const wantsContrast = signal(wanted.matches)
  wanted.addEventListener('change', () => {
    wantsContrast.value = wanted.matches
  })
  effect(() => {
    const { theme } = settings.value
    const { dataset } = document.documentElement
    if (theme !== 'system') dataset.theme = theme
    else if (wantsContrast.value) dataset.theme = 'contrast'
    else delete dataset.theme
    try {
      localStorage.setItem(NAME, JSON.stringify(settings.value))
    } catch {
      // A browser that keeps nothing still shows everything.
    }
  })
  addEventListener('storage', ({ key }) => {
    if (key === NAME) settings.value = read()
  })
}

function read(): Settings {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(NAME) ?? '{}')
    return typeof kept === 'object' && kept !== null ? { ...initial, ...kept } : initial
  } catch {
    return initial
  }
}
