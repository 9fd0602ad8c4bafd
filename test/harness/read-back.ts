import type { Locator, Page } from 'playwright-core'

/** What the browser drew in one place: the texts that it stands for, and what is wrong with how they were drawn. */
export interface Drawn {
  /** Of each text and each JSON that others wrote, in order, as stored: a label stands for the character that it names. */
  readonly texts: readonly string[]
  /** Everything in the place, own words of the page included, one after the other. */
  readonly stored: string
  readonly wrong: readonly string[]
}

/**
 * Reads the first such place back, character by character, with where each of them was painted: nothing hidden, nothing
 * out of order, nothing cut off but with an ellipsis.
 */
export const readBack = (place: Locator): Promise<Drawn> =>
  place.first().evaluate((root) => {
    const hiding =
      /\p{Cc}|\p{Cf}|\p{Co}|\p{Cs}|\p{Zl}|\p{Zp}|(?! )\p{Zs}|\p{Variation_Selector}|\p{Default_Ignorable_Code_Point}/u
    const wrong: string[] = []
    const read = (node: Node): string => {
      if (node instanceof HTMLElement && node.matches('mark')) return node.dataset.text ?? ''
      return node.nodeType === Node.TEXT_NODE
        ? (node.textContent ?? '')
        : [...node.childNodes].map(read).join('')
    }
    /** What is inside of it is laid out as one: what it does to the order of its surroundings shows there. */
    const blocks = new Map<Element, Element>()
    const blockOf = (element: Element): Element => {
      const known = blocks.get(element)
      if (known) return known
      const isInline = getComputedStyle(element).display === 'inline' && element.parentElement
      const block = isInline ? blockOf(element.parentElement as Element) : element
      blocks.set(element, block)
      return block
    }
    const isCutOff = (element: Element): boolean => {
      const { overflowX, overflowY, textOverflow } = getComputedStyle(element)
      const cuts = (way: string) => way === 'hidden' || way === 'clip'
      if (cuts(overflowX) && element.scrollWidth > element.clientWidth + 1 && textOverflow !== 'ellipsis')
        return true
      return cuts(overflowY) && element.scrollHeight > element.clientHeight + 1 && textOverflow !== 'ellipsis'
    }
    for (let element: Element | null = root; element && element !== document.body; ) {
      if (isCutOff(element)) wrong.push(`cut off: ${element.className}`)
      element = element.parentElement
    }
    for (const element of root.querySelectorAll('*:not(.visually-hidden)'))
      if (element.clientWidth > 0 && isCutOff(element)) wrong.push(`cut off: ${element.className}`)

    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    const range = document.createRange()
    let last = { block: null as Element | null, left: 0, bottom: 0 }
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent ?? ''
      const parent = node.parentElement as HTMLElement
      if (hiding.test(text)) wrong.push(`drawn as it is: ${JSON.stringify(text)}`)
      // said to those who listen: the page's own words
      if (parent.closest('.visually-hidden, option')) continue
      const block = blockOf(parent)
      let index = 0
      // of filler, every sixteenth: where one is painted costs a look at the whole
      const every = text.length > 4_096 ? 16 : 1
      for (const character of text) {
        if (every > 1 && index % every > 0) {
          index += character.length
          continue
        }
        range.setStart(node, index)
        index += character.length
        range.setEnd(node, index)
        const box = range.getClientRects()[0]
        if (/\p{M}/u.test(character)) continue
        if (!box || (box.width === 0 && character !== ' ')) {
          if (character !== ' ') wrong.push(`not painted: ${JSON.stringify(character)}`)
          continue
        }
        // in stored order: on one line each stands right of the one before it
        if (block === last.block && box.top < last.bottom - 4 && box.left < last.left - 1)
          wrong.push(`out of order: ${JSON.stringify(character)} in ${JSON.stringify(text.slice(0, 40))}`)
        last = { block, left: box.left, bottom: box.bottom }
      }
    }
    const foreign = [...root.querySelectorAll('.text, .json')].filter(
      (one) => !one.parentElement?.closest('.text, .json'),
    )
    return {
      texts: foreign.map(read),
      stored: read(root),
      wrong: [...new Set(wrong)].slice(0, 20),
    }
  })

/**
 * What no place of the page may ever have: a hiding character anywhere, be it in a title or a label; markup or an address
 * that others wrote; a title of the window that is not its own.
 */
export const breaches = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const hiding =
      /\p{Cf}|\p{Co}|\p{Cs}|\p{Zl}|\p{Zp}|\p{Variation_Selector}|\p{Default_Ignorable_Code_Point}|[^\P{Cc}\n]/u
    const own = ['value', 'data-text', 'd', 'points']
    const found: string[] = []
    if (!/^(⚠ )?(\(\d+\) )?Holdpoint$/.test(document.title)) found.push(`title: ${document.title}`)
    for (const element of document.body.querySelectorAll('*')) {
      if (element.matches('script, iframe, object, embed, base, style, link, meta, form[action]'))
        found.push(`element: ${element.outerHTML.slice(0, 80)}`)
      if (element instanceof HTMLImageElement && !element.src.startsWith(`${location.origin}/`))
        found.push(`image: ${element.src}`)
      if (element instanceof HTMLAnchorElement && !element.getAttribute('href')?.startsWith('#/'))
        found.push(`link: ${element.outerHTML.slice(0, 80)}`)
      for (const { name, value } of element.attributes) {
        if (name.startsWith('on')) found.push(`handler: ${element.outerHTML.slice(0, 80)}`)
        if (!own.includes(name) && hiding.test(value)) found.push(`${name}: ${JSON.stringify(value)}`)
      }
      for (const node of element.childNodes)
        if (
          node.nodeType === Node.TEXT_NODE &&
          !element.matches('textarea') &&
          hiding.test(node.textContent ?? '')
        )
          found.push(`text: ${JSON.stringify(node.textContent)}`)
    }
    return [...new Set(found)].slice(0, 20)
  })

/** An input of a form: its value, and what stands below it to show what an input cannot. */
export interface Filled {
  readonly value: string
  readonly options: readonly string[]
  /** Undefined where nothing is shown below. */
  readonly asStored: string | undefined
  /** Whether a part of the value is out of its sight with nothing that says so. */
  readonly isCut: boolean
}

/** Every input within, in order. */
export const filledIn = (place: Locator): Promise<readonly Filled[]> =>
  place.first().evaluate((root) => {
    const read = (node: Node): string => {
      if (node instanceof HTMLElement && node.matches('mark')) return node.dataset.text ?? ''
      return node.nodeType === Node.TEXT_NODE
        ? (node.textContent ?? '')
        : [...node.childNodes].map(read).join('')
    }
    const inputs = root.querySelectorAll<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>(
      'input:not([type="checkbox"]), textarea, select',
    )
    return [...inputs].map((input) => {
      const below = input.nextElementSibling
      return {
        value: input.value,
        options: input instanceof HTMLSelectElement ? [...input.options].map(({ text }) => text) : [],
        asStored: below?.matches('.as-it-is') ? read(below) : undefined,
        isCut: input.scrollWidth > input.clientWidth + 1,
      }
    })
  })
