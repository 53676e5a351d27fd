/** The choice of a chat's language. */
export const language = {
  title: "🌐 Язык этого чата",
  usage:
    "Выберите кнопкой или напишите /lang ru, /lang en. Здесь изменится всё: алерты, меню, ответы.",
  chosen: "Теперь пишу сюда по-русски",
  /** Of Bitrix24's components, by what the checks call them, where that is not what people do. */
  components: {} as Readonly<Record<string, string>>,
  unknown: "Такого языка не знаю. Напишите /lang ru или /lang en.",
};
