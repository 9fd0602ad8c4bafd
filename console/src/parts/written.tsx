import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

interface Props {
  readonly isSent: boolean
  readonly children: ComponentChildren
}

/** What is written in a form. Once it is sent, nothing more is, and the keys are the page's again. */
export function Written({ isSent, children }: Props) {
  const box = useRef<HTMLFieldSetElement>(null)
  useLayoutEffect(() => {
    const focused = document.activeElement
    // the browser takes the focus from what is disabled with its next frame, and keys until then would be lost
    if (isSent && focused instanceof HTMLElement && box.current?.contains(focused)) focused.blur()
  }, [isSent])
  return (
    <fieldset ref={box} class="written" disabled={isSent}>
      {children}
    </fieldset>
  )
}
