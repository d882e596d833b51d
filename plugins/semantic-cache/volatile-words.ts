/** Words of prompts whose answer changes by itself, in the languages of the guard. */
export const volatileWords: ReadonlySet<string> = new Set(
  `today tonight tomorrow yesterday now currently nowadays latest newest recent recently upcoming weather forecast
  price prices traffic news headline headlines score scores standings live
  breaking trending nearby
  heute morgen gestern jetzt aktuell aktuelle aktuellen aktueller neueste neuesten wetter wettervorhersage preis
  preise nachrichten aktienkurs gerade derzeit
  aujourd demain maintenant actuellement actuel actuelle dernier dernière derniers dernières météo prix actualités
  hoy mañana ayer ahora actualmente actual último última últimos últimas clima pronóstico precio precios noticias
  hoje amanhã ontem agora atualmente atual preço preços notícias previsão cotação
  oggi domani ieri adesso attualmente attuale ultimo ultima ultimi ultime meteo prezzo prezzi notizie
  vandaag morgen gisteren nu momenteel nieuwste prijs prijzen nieuws
  сегодня завтра вчера сейчас погода цена новости
  今天 今日 明天 昨天 现在 目前 最新 天气 价格 股价 新闻 明日 昨日 現在 天気 価格 ニュース 株価`.split(/\s+/),
);

/** Two words that show it together. */
export const volatilePhrases: ReadonlySet<string> = new Set(
  [
    'this week|this month|this year|this morning|this evening|this weekend|this quarter|this season|this afternoon',
    'next week|next month|next year|next weekend|next quarter',
    'last week|last month|last year|last night|last quarter|last weekend|past week|past month|past year',
    'right now|so far|days ago|hours ago|weeks ago|minutes ago|months ago|years ago',
    'stock price|share price|exchange rate|stock market|what time|current time|current date|current price|current version',
    'how old|still alive|still open|in stock|opening hours|open now',
    'diese woche|dieser woche|diesen monat|dieses jahr|nächste woche|letzte woche|letzten monat|wie spät',
    'cette semaine|ce mois|cette année|semaine dernière|mois dernier|quelle heure',
    'esta semana|este mes|este año|semana pasada|qué hora|este mês|este ano|semana passada',
    'questa settimana|questo mese|che ora|che ore',
    'deze week|deze maand|hoe laat',
  ].flatMap((row) => row.split('|')),
);
