/** What keeps an incident from being forgotten, and from being too loud. */
export const reminding = {
  age: (hours: number, minutes: number) =>
    [hours === 0 ? "" : `${hours} ч`, hours > 0 && minutes === 0 ? "" : `${minutes} мин`]
      .filter((it) => it !== "").join(" "),
  /** Before and after the age; null for an incident without a known start. */
  goes: (region: string, age: string | null) =>
    age === null ? `Сбой ${region} ещё идёт` : `Сбой ${region} идёт ${age}`,
  untaken: ", никто не взял",
  /** After the holder's name. */
  still: ", вы всё ещё занимаетесь?",
  stillUnnamed: "Кто взял этот сбой, вы всё ещё занимаетесь?",
  yes: "Да",
  release: "Отпустить",
  /** Instead of the reminder. */
  taken: "✋ Взято. Кто взял, показывает карточка сбоя.",
  released: "Отпущено: никто не занимается.",
  kept: "Хорошо, спрошу не раньше чем через час.",
  notYours: (name: string) => `Это вопрос к тому, кто взял: ${name}.`,
  outdated: "Это уже не так, смотрите карточку сбоя.",
  /** On the button: what the next press brings. */
  hush: { hour: "🔕 Тише 1 ч", end: "🔕 Тише до конца", off: "🔔 Со звуком" },
  /** On the card; the time follows the first. */
  quietUntil: "🔕 Без звука до ",
  quietToEnd: "🔕 Без звука до конца",
  hushed: {
    until: (time: string) =>
      `До ${time} об этом инциденте здесь без звука, кроме ухудшения и конца. Ещё нажатие: до самого конца.`,
    end:
      "До конца инцидента здесь о нём без звука, кроме ухудшения и самого конца. Ещё нажатие: снова со звуком.",
    off: "Об этом инциденте снова со звуком.",
  },
};
