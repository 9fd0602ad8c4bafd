import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { disturb } from '../state/stillness.ts'

interface Props {
  readonly isSent: boolean
  readonly children: ComponentChildren
}

/** What is written in a form. Once it is sent, nothing more is, and the keys are the page's; where it was refused, it is written on. */
export function Written({ isSent, children }: Props) {
  const box = useRef<HTMLFieldSetElement>(null)
  const last = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    const { activeElement: focused, body } = document
    if (!isSent) {
      if (focused === body) last.current?.focus()
      return
    }
    // what is typed on was meant for the form
    disturb()
    // the browser takes the focus from what is disabled with its next frame, and keys until then would be lost
    if (focused instanceof HTMLElement && box.current?.contains(focused)) focused.blur()
  }, [isSent])
  return (
    <fieldset
      ref={box}
      class="written"
      disabled={isSent}
      onFocusIn={({ target }) => {
        last.current = target as HTMLElement
      }}
    >
      {children}
    </fieldset>
  )
}
