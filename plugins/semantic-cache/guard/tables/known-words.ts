/**
 * Frequent English words: the letters-only part of the 5,000 most frequent of GloVe 6B (Stanford NLP, public domain
 * dedication PDDL 1.0), with words of products and words that differ from another by one slip of the keyboard.
 */
export const knownWords: ReadonlySet<string> = new Set(
  `abandoned abbas abc abdul abdullah ability able aboard abortion about above abroad absence absolutely abu abuse academic academy accept accepted
access accident accompanied accord according account accountant accounting accounts accusations accused achieve achieved acknowledged acquired
acquisition acres across act acted acting action actions active activist activists activities activity actor actors actress acts actual actually adam
adams adapt add added adding addition additional address addressed adds administration administrative admitted adopt adopted ads adult adults advance
advanced advantage advertising advice adviser advisory advocates affair affairs affect affected afford afghan afghanistan afp afraid africa african
after afternoon again against age aged agencies agency agenda agent agents ages aggressive ago agree agreed agreement agreements agricultural
agriculture ahead ahmed aid aide aides aids aim aimed aims air aircraft aired airline airlines airport airports alabama alan alaska albanian albert
album albums alcohol alert alex alexander algorithm ali alive all allegations alleged allegedly allen alliance allied allies
allow allowed allowing allows ally almost alone along alongside already also alternative although always amateur ambassador amendment america american
americans amid amnesty among amount amounts analysis analyst analysts ancient and anderson andrew andy angel angeles angels anger angle angry animal
animals annan anne anniversary announce announced announcement annual annually anonymity another answer anthony anti antonio anxious any anybody
anyone anything anywhere apart apartment apparent apparently appeal appealed appeals appear appearance appearances appeared appearing appears apple
application applications applied apply appointed appointment approach approached appropriate approval approve approved approximately april arab arabia
arafat architect architecture are area areas arena argentina argentine argue argued arguing argument arguments arizona arkansas arm armed arms army
around arranged arrest arrested arrests arrival arrive arrived arriving arsenal art arthur article articles artificial artillery artist artists arts
asean asia asian aside ask asked asking asks aspects assassination assault assembly assessment asset assets assigned assist assistance assistant
associate associated associates association assumed athens athletes athletic athletics atlanta atlantic atmosphere atomic attached attack attacked
attacking attacks attempt attempted attempting attempts attend attended attending attention attitude attorney attorneys attract attracted attributed
auction audience august aunt austin australia australian austria austrian authentication author authorities authority authorization authorized authors
auto automatic autonomous available avenue average aviation avoid award awarded awards aware away baby back backed background backing bad badly bag
baghdad baker balance ball ballot ballots balls baltimore ban band bands bangkok bangladesh bank banking bankruptcy banks banned bar barack barbara
barcelona barely barrel barrels barry bars base baseball based bases basic basis basketball bass bat bath bathe battalion battle battles bay bbc beach
bear beard bears beat beaten beating beautiful beauty became because become becomes becoming bed beef been beer before began begin beginning begins
begun behalf behavior behind beijing being belgian belgium belgrade belief believe believed believes bell below ben bench benchmark benefit benefits
benjamin berlin bernard besides best better between beyond bias bid big bigger biggest bilateral bill billion billions bills billy bin biography
biological bird birds birth birthday bishop bit bitter black blacks blair blame blamed blast bloc block blocked blocks blood bloody blow blue blues
board boat boats bob bobby bodies body boeing bomb bomber bombing bombings bombs bond bonds book books boom boost border borders born bosnia bosnian
boss boston both bottom bought bound bowl box boxing boy boys brain brake branch branches brand brazil brazilian bread break breaking breaks breath
breathe brian bridge brief briefly brigade bright bring bringing brings britain british broad broadcast broadcasting broader broadway broke broken
bronze brooklyn brother brothers brought brown browser bruce brussels budget buffalo build building buildings built bulgaria bureau buried burned
burning burns bus buses bush business businesses businessman busy but buy buyers buying cabinet cable cairo calculate calendar california call called
calling calls calm cambodia cambridge came camera cameras camp campaign campaigns campbell camps campus can canada canadian canal cancel canceled
cancer candidate candidates cannot cap capable capacity cape capital capitol captain capture captured car carbon card cards care career carefully
cargo caribbean carl carlos carolina carpenter carried carrier carriers carries carry carrying cars carter case cases cash cast castle castro casual
casualties cat catch categories category cathedral catholic cattle caught causal cause caused causes causing cbs cease ceasefire celebrate celebrated
celebration cell cells cemetery census cent center centers central centre cents centuries century ceo ceremony certain certainly chain chair chairman
challenge challenged challenges chamber champion champions championship championships chance chancellor chances change changed changes changing
channel channels chapter character characters charge charged charges charity charles charlie chart charter chase chavez chechen chechnya check cheese
chef chelsea chemical chen cheney chicago chicken chief chiefs child childhood children chile china chinese chip chips chirac choice
choose chose chosen chris christ christian christians christmas christopher chrysler church churches cia cincinnati circle circuit circumstances cited
cities citing citizen citizens city civil civilian civilians claim claimed claiming claims clark clash clashes class classes classic classical
classified clay clean clear cleared clearly cleveland client clients climate climbed clinton clock close closed closely closer closing cloth clothe
clothes clothing club clubs cnn coach coaches coaching coal coalition coarse coast coastal code coffee cold colin collapse collapsed colleagues
collected collection college colleges colombia colombian colonel colonial colony color colorado columbia column coma combat combination combined come
comedy comes comfortable comic coming comma command commander commanders comment commentary comments commerce commercial commission commissioned
commissioner commitment committed committee common commonly commonwealth communication communications communist communities community companies
company compared compensation compete competed competing competition competitive competitors complained complaint complaints complete completed
completely complex complicated components composed composer composite compound comprehensive compromise computer computers concept concern concerned
concerning concerns concert concluded conclusion concrete condemned condition conditions conduct conducted conference confidence confident configure
confirm confirmed conflict conflicts congo congress congressional connect connected connecticut connection consecutive consensus consequences
conservation conservative conservatives consider considerable considered considering consistent consists conspiracy constant constitution
constitutional constructed construction consultant consumer consumers consumption contact contacts contain contained container containing contains
contemporary content contest context continent continental continue continued continues continuing contract contracts contrast contribute contributed
contribution contributions control controlled controls controversial controversy convention conventional conversation convert converted convicted
conviction convinced convoy cook cool cooperate cooperation copies copy copyright core corn corner corporate corporation corps corpse correct
corruption cost costa costs costume could council counsel count counter counterpart counties countries country counts county coup couple couples
coupon course courses court courts cover coverage covered covering covers cox crackdown craig crash crashed crate create created creating creation
creative credit credited creek crew cricket crime crimes criminal crisis critic critical criticism criticized critics croatia croatian cross crossed
crossing crowd crown crucial crude cruise cuba cuban cultural culture cup currency current currently custody custom customer customers customs cut
cuts cutting cycle cyprus czech daily dairy dallas dam damage damaged dan dance danger dangerous daniel danish darfur dark data database date dates
dating daughter daughters dave david davis dawn day days dead deadline deadly deal dealers dealing deals dean death deaths debate debt debut decade
decades december decent decide decided decision decisions declaration declared decline declined dedicated deep deeply def defeat defeated defence
defend defendants defended defender defending defense defensive deficit defined definitely definition degree degrees del delay delayed delegates
delegation delete delhi deliver delivered delivery delta demand demanded demanding demands democracy democrat democratic democrats demonstration
demonstrations demonstrators denied denmark dennis density dentist denver department departments departure depending deployed deployment depression
depth deputy descent describe described describes description desert design designated designed designer desire despite dessert destroy destroyed
destruction detail detailed details detained detainees detention determine determined detroit develop developed developing development developments
device devices devise devoted dialogue diary dick dictionary did die died diego difference differences different difficult difficulties digital dinner
diplomat diplomatic diplomats direct directed direction directly director directors disappeared disappointed disaster discount discovered discovery
discrimination discuss discussed discussion discussions disease diseases dismissed disney display dispute disputed disputes distance distributed
distribution district districts divided division divisions dlrs dna doctor doctors document documentary documents dodgers does dog dogs doing dole
dollar dollars domestic dominant dominated don donald done door doors double doubles doubt douglas dow down download downtown dozen dozens draft drama
dramatic draw drawing drawn dream dress dressed drew drink drinking drive driven driver drivers driving drop dropped drove drug drugs dry duchess due
duke during dutch duties duty dvd each eagle earlier early earn earned earnings earth earthquake ease easier easily east eastern easy eat eating
economic economics economies economist economists economy edge edition editor editorial editors eds educated education educational edward edwards
effect effective effectively effects efficient effort efforts egypt egyptian eight eighth either elderly elect elected election elections electoral
electric electrical electrician electricity electronic electronics element elementary elements eligible eliminate eliminated elite elizabeth else
elsewhere email embassy emerged emergency emerging emissions emotional emperor empire employed employee employees employers employment empress empty
encourage encouraged encouraging end ended ending ends enemy energy enforcement engaged engine engineer engineering engineers engines england english
enjoy enjoyed enormous enough ensure enter entered entering enterprise enterprises entertainment entire entirely entitled entrance entry envelop
envelope environment environmental envoy episode episodes equal equality equipment equipped equity equivalent era eric error erupted escape escaped
especially essential essentially establish established establishment estate estimate estimated estimates ethics ethiopia ethnic euro europe
european euros eve even evening event events eventually ever every everybody everyone everything evidence evil exactly example examples excellent
except exception exchange exchanges excited executed execution executive executives exercise exhibition exile exist existence existing exit expand
expanded expanding expansion expect expectations expected expects expend expenses expensive experience experienced expert experts explain explained
exploded explosion explosives export exports exposed exposure express expressed expression extend extended extension extensive extent external extra
extraordinary extreme extremely eye eyes face faced faces facilities facility facing fact factor factories factors factory facts faculty fail failed
failing failure fair fairly faith fall fallen falling falls false fame familiar families family famous fan fans far farm farmers fashion fast faster
fastest fat fatah fate father favor favorite fax fbi fear feared fears feature featured features featuring february fed federal federation fee feed
feel feeling feels fees feet fell fellow felt female females fernando festival few fewer fiction field fields fierce fifa fifth fight fighter fighters
fighting figure figures file filed files fill filled film films final finally finals finance financial financing find finding findings finds fine
finish finished finishing finland fire fired firefighter fires firing firm firms first fiscal fish fishing fit five fixed flag flat fled fleet flew
flight flights flood floor florida flow flowers flu fly flying focus focused follow followed following follows food foot football footballer for force
forced forces forcing ford forecast foreign foreigners forest forests forget form formal formally format formation formed former formerly forms
formula fort forum forward foster fought found foundation founded founder founding four fourth fox frame framework france franchise francis francisco
francs frank fraud fred free freed freedom french frequent frequently fresh friday friend friendly friends friendship from front fruit fuel full fully
fun function functions fund fundamental funded funding funds funeral further future futures gain gained gains gallery game games gang gap garcia
garden gary gas gasoline gate gates gathered gathering gave gay gaza gdp gene general generally generated generation geneva genocide genus geography
george georgia german germans germany get gets getting giant giants gift girl girls give given gives giving glass global globe gmt goal goalkeeper
goals god goes going gold golden golf gone good goods google gop gordon gore got governing government governments governor grade gradually graduate
graduated graf graham grand grandfather grandmother grant granted grass grave gray great greater greatest greatly greece greek green greg grew gross
ground grounds group groups grow growing grown growth guarantee guard guards guerrillas guest guests guide guidelines guilty guinea guitar gulf gun
gunmen guns guy guys had hair haiti half hall halt hamas hamilton hampshire hand handed handful handle handling hands hang happen happened happening
happens happy harbor hard harder hardly harm harris harry harvard has hate have having head headed heading headlines headquarters heads health healthy
hear heard hearing heart heat heavily heavy height held helicopter helicopters help helped helping helps henry her here heritage hero hers herself
hezbollah hidden high higher highest highly highway hill hillary hills him himself hip hired his hispanic historic historical history hit hits hitting
hiv hockey hold holding holdings holds hole holes holiday hollywood holy home homeland homer homes hong honor hope hoped hopes hoping hopping horse
horses hospital hospitals host hostage hostages hosted hosts hot hotel hotels hour hours house household households houses housing houston how howard
however huge human humane humanitarian humans hundred hundreds hungary hunt hunting hurricane hurt husband hussein ian ice idea ideas identified
identify identity iii ill illegal illinois illness image images imagine imf immediate immediately immigrants immigration impact imperial implement
implementation import importance important imports impose imposed impossible impressive improve improved improvement improving inches incident
incidents include included includes including income increase increased increases increasing increasingly indeed independence independent index india
indian indiana indians indicate indicated individual individuals indonesia indonesian industrial industries industry infantry infected inflation
influence influenced influential information informed infrastructure inhabitants initial initially initiative injured injuries injury inner inning
innings innocent inquiry inside insisted insists inspectors inspired install installed instance instead institute institution institutions instruments
insurance insure insurgency insurgents integration intelligence intended intense intention inter interest interested interesting interests interim
interior internal international internet intervention interview interviews into introduced introduction invasion invest investigate investigating
investigation investigations investigators investment investments investor investors invited invoice involved involvement involves involving iowa ira
iran iranian iraq iraqi iraqis ireland irish iron islam islamic island islands isolated israel israeli israelis issue issued issues italian italy
items its itself jack jackson jacques jail jailed jakarta james jan jane january japan japanese jason javascript jay jazz jean jeff jerry jersey
jerusalem jesus jet jets jewish jews jiang jim jimmy job jobs joe john johnson join joined joining joint jonathan jones jordan jose joseph journal
journalist journalists journey joy juan judge judges judicial july jump jumped june junior jury just justice kabul kansas karzai kashmir keep keeping
keeps kelly ken kennedy kentucky kenya kept kerry kevin key keyboard khan kick kid kidnapped kids kill killed killer killing killings kilometers
kilometres kim kind kinds king kingdom kings kitchen knee knew knight know knowing knowledge known knows kong korea korean kosovo kubernetes kurdish
kuwait label labor laboratory labour lack laden lady laid lake lakers land landed landing landmark lands landscape lane language languages lanka large
largely larger largest larry las last lasted late latent later latest latin latter launch launched law lawmakers lawrence laws lawsuit lawyer lawyers
lay lead leader leaders leadership leading leads league learn learned learning least leave leaves leaving lebanese lebanon led lee left leg legacy
legal legend legislation legislative legislature legitimate legs lending length less let letter letters level levels lewis liberal liberation
librarian library libya license lie lies lieutenant life lift lifted light lights like likely likes limit limited limits lincoln line lines lineup
link linked links lion list listed listen lists literary literature little liu live lived liverpool lives living loan loans local located location
locations london long longer longest longtime look looked looking looks loose lord los lose losing loss losses lost lot lots louis louisiana love
loved low lower lowest luis lunch luxury lying lyrics machine machines madam made madrid magazine magic mail main mainland mainly mainstream maintain
maintained maintaining maintenance major majority make maker makers makes making malaysia malaysian male males mall man manage managed management
manager managers managing manchester mandate manhattan manila manner manufacturers manufacturing many map marathon march margin maria marine marines
marital mark marked market marketing markets marks marriage married marshall martial martin mary maryland mass massachusetts massacre massage massive
master masters match matches material materials matt matter matters matthew maximum may maybe mayor mccain mean meaning means meant meanwhile measure
measures meat mechanic medal medals media median medical medicare medicine mediterranean medium meet meeting meetings meets melbourne member members
membership memorial memory men mental mention mentioned merely merger message messages met metal meters method methods metres metropolitan
mets mexican mexico miami michael michigan microsoft mid middle midfielder midnight might mike milan mile miles militant militants military militia
milk mill miller million millions milosevic mind mine mines minimum mining minister ministers ministry minnesota minor minority minute minutes miss
missed missile missiles missing mission missions mississippi missouri mistake mistakes mitchell mix mixed mobile model models moderate modern modest
mohammad mohammed moment moments momentum monday monetary money monitor monitoring month monthly months montreal moon moore moral morale more morgan
morning morris mortgage moscow mosque most mostly mother motion motor motors mount mountain mountains mounted mouth move moved movement movements
moves movie movies moving mubarak much mugabe multiple munich municipal municipality murder murray museum musharraf music musical musician musicians
muslim muslims must mutual myanmar myself name named names narrow nasa nasdaq nation national nationalist nations nationwide native nato natural
nature naval navy nazi nba nbc ncaa near nearby nearly necessary neck need needed needs negative negotiate negotiating negotiations neighborhood
neighboring neighbors neither nelson nepal net netanyahu netherlands network networks never nevertheless new newly news newspaper newspapers next nfl
nhl nice nick nigeria nigerian night nine ninth nobel nobody nominated nomination non none nor normal normally norman north northeast
northeastern northern northwest northwestern norway norwegian not notable notably note noted notes nothing notice notification notifications noting
novel november now nuclear number numbers numerous nurse oakland obama object objects observed observers obtain obtained obvious obviously occasion
occasionally occupation occupied occur occurred ocean october off offense offensive offer offered offering offers office officer officers offices
official officially officials often ohio oil oklahoma old older oldest olympic olympics once one ones ongoing online only ontario onto opec open
opened opening opens opera operate operated operates operating operation operations operator opinion opponent opponents opportunities opportunity
oppose opposed opposite opposition optimistic option optional options orange orchestra order ordered orders ordinary oregon organisation organization
organizations organized organizers origin original originally orleans orthodox oscar other others otherwise ottawa our ousted out outbreak outcome
outlook output outside outstanding over overall overcome overnight overseas own owned owner owners ownership owns oxford pace pacific package packed
pact page pages paid pain painted painter painting paintings pair pakistan pakistani palace palestinian palestinians palm pan panel paper papers par
parade paragraph parcel parent parents paris parish park parking parks parliament parliamentary part participants participate participated
participating participation particular particularly parties partly partner partners partnership parts party pass passage passed passenger passengers
passes passing password passwords past pasta paste pat patent path patient patients patrick patrol pattern paul pay paying payment payments peace
peaceful peacekeepers peacekeeping peak penalties penalty pending peninsula pennsylvania pension pentagon people per percent percentage perfect
perform performance performances performed performing perhaps period permanent permission perry person personal personality personally personnel
persons peru peter petroleum pharmacist phase phil philadelphia philip philippine philippines philosophy phoenix phone phones
photo photographs photos physical piano pick picked picture pictures piece pieces pilot pilots pipeline pitch pitched pitcher pittsburgh pizza place
placed places plan plane planes planet planing planned planning plans plant plants plastic plate platform play played player players playing playoff
playoffs plays pleaded please pleased pledge pledged plenty plot plumber plus poet poetry point pointed points poland pole police policemen policies
policy polish political politically politician politicians politics poll polling polls pollution pool poor pop pope popular popularity population port
portion portugal portuguese position positions positive possession possibility possible possibly post posted posts potential potentially pound pounds
poverty powell power powerful powers practical practice practices praised pre predicted preferred preliminary premier preparation prepare prepared
preparing presence present presented presidency president presidential presidents press pressure pretty prevent prevention previous previously price
prices pride priest primarily primary prime prince princess principal principle principles print printer printers prior priority prison prisoners
privacy private prix prize pro probably probe problem problems procedure procedures process processing produce produced producer producers producing
product production products professional professor profile profit profits program programme programmer programming programs progress progressive
project projects prominent promise promised promises promising promote promoted promoting promotion prompted proof proper properties property proposal
proposals proposed prosecution prosecutor prosecutors prospect prospects prosper protect protected protecting protection protein protest protesters
protests proud prove proved provide provided provides providing province provinces provincial provisions public publication publications publicly
published publisher publishing puerto pull pulled punishment purchase purchased purpose purposes pursue push pushed pushing put putin puts putting
pyongyang python qaeda qaida quake qualified qualify qualifying quality quarter quarterback quarters queen question questioned questioning questions
quick quickly quiet quit quite quoted quotes rabbit race races racial racing radical radio raid raids rail railroad railway rain raise raised raising
rally ran range rangers ranging rank ranked ranking ranks rape rapid rapidly rare rarely rate rated rates rather rating ratings raw ray reach reached
reaching reaction read readers reading ready reagan real reality realize realized really rear reason reasons rebel rebels rebounds recall recalled
receipt receive received receiving recent recently reception receptionist recession recipe recognition recognize recognized recommend recommended
reconciliation reconstruction record recorded recording records recover recovered recovery red reduce reduced reducing reduction refer reference
references referendum referred referring refers reflect reflected reform reforms refugee refugees refund refused regard regarded regarding regime
regiment region regional regions register registered regular regularly regulation regulations regulators regulatory rejected related relations
relationship relationships relative relatively relatives release released releases relevant relief religion religious remain remained remaining
remains remarks remember remote remove removed renamed renewed repair repeated repeatedly replace replaced replacement report reported reportedly
reporter reporters reporting reports repository represent representative representatives represented representing represents republic republican
republicans reputation request requested requests require required requirements requires rescue research researchers reserve reserves residence
resident residential residents resign resignation resigned resistance resolution resolve resolved resort resources respect respectively respond
responded response responsibility responsible rest restaurant restaurants restore restored restrictions restructuring result resulted resulting
results resume resumed retail retired retirement return returned returning returns revealed revenue revenues reverse review reviews revised revolution
revolutionary rice rich richard rick ride riding right rights ring rio rise rises rising risk risks rival rivals river rivers road roads robert
roberts robin robinson rock rocket rockets rodriguez roger role roles roll rolling roman romania rome ron roof rookie room rooms roots rose ross rough
roughly round rounds route routes routine row roy royal rugby rule ruled rules ruling run runner running runs rural rush rushed russell russia russian
russians rwanda ryan sad saddam safe safety said saint salary sale sales salt sam same samuel san sanctions santa sarah sarajevo sarkozy sat satellite
saturday saudi save saved saving savings saw say saying says scale scandal scared scarred scene scenes schedule scheduled scheme scholars school
schools science sciences scientific scientist scientists score scored scores scoring scotland scott scottish screen sea search searching season
seasons seat seats seattle sec second secondary seconds secret secretary section sections sector sectors secure securities security see seed seeded
seeing seek seeking seeks seem seemed seems seen sees seized selected selection self sell selling semi senate senator senators send sending senior
sense sensitive sent sentence sentenced sentiment seoul separate separated separatist september serb serbia serbian serbs series serious seriously
serve served server serves service services serving session sessions set sets setting settings settle settled settlement settlements settlers seven
seventh sever several severe sex sexual shah shanghai shape share shared shareholders shares sharing sharon sharp sharply she shed shell shift shiite
ship shipping ships shock shoot shooting shop shopping shops shore short shortly shot shots should shoulder show showed showing shown shows shut
shuttle sick side sides sierra sight sign signal signed significant significantly signing signs silver similar simon simple simply simpson since
singapore singe singer singh singing single singles sir sister sisters sit site sites sitting situated situation six sixth size ski skills skin sky
slam sleep slightly slipped sliver slow slowly small smaller smart smith smoke smoking snake snow soccer social socialist society soft software soil
solar sold soldier soldiers solid solo solution solutions solve somalia some somebody someone something sometimes somewhat son song songs sons sony
soon sort sought soul sound sounds source sources south southeast southeastern southern southwest sovereignty soviet sox space spain spanish sparked
speak speaker speaking special specialist species specific specifically speculation speech speed spend spending spent spirit spiritual split spoke
spoken spokesman spokeswoman sponsored sport sporting sports spot spots spread spreadsheet spring squad squadron square sri stability stable stadium
staff stage staged stages stake stakes stance stand standard standards standing standings stands stanley star staring starring stars start started
starting starts state stated statement statements states station stations statistics statue stature status stay stayed staying steady steel stem step
stephen stepped steps steve steven stewart stick still stock stocks stolen stone stood stop stopped storage store stores stories storm story straight
strait strategic strategy streak street streets strength strengthen stress stressed stretch strict strike striker strikes striking string strip stripe
stroke strong stronger strongly struck structure structures struggle struggled struggling student students studied studies studio studios study
studying stuff style subject subjects submitted subscribe subscription subsequent subsequently subsidiary substantial suburb succeed succeeded success
successful successfully successor such sudan suddenly suffer suffered suffering sufficient sugar suggest suggested suggesting suggests suicide suit
summary summer summit sun sunday sunni super superior supplies supply support supported supporters supporting supports
supposed supreme sure surface surge surgeon surgery surplus surprise surprised surrounded surrounding surveillance survey survive survived survivors
susan sushi suspect suspected suspects suspended suspension sustained swam sweden swedish sweet swept swimming swing swiss switzerland sydney symbol
syria syrian system systems table tackle taipei taiwan take taken takeover takes taking talent taliban talk talked talking talks tall tamil tampa tank
tanks tape taping tapping target targeted targets task taste taught tax taxes taylor tea teacher teachers teaching team teams tech technical
techniques technologies technology teen tehran tel telecom telecommunications telephone television tell telling tells temperature temperatures temple
temporary ten tend tennessee tennis tens tension tensions term terminal terms territories territory terror terrorism terrorist terrorists terry test
tested testified testimony testing tests texas text thai thailand than thanks that the theater theatre their them theme themselves then theory there
therefore these they thick thin thing things think thinking thinks third thirds this thomas thompson thorough those though thought thousand thousands
thread threat threatened threatening threats three threw through throughout throw throwing thrown thursday thus tibet ticket tickets tie tied ties
tiger tigers tight tim time times tiny title titled titles tobacco today together tokyo told toll tom tomorrow tone tonight tons tony too took tool
tools top topic torn toronto torture total totally touch touchdown tough tour tourism tourist tourists tournament tours toward towards tower town
towns township toyota trace track tracks trade traded traders trading tradition traditional traditionally traffic trafficking tragedy trail train
trained training trains transfer transferred transit transition translate transport transportation trapped travel traveled traveling tread treasury
treat treated treatment treaty tree trees trend trial trials tribal tribunal tried tries triggered trillion trim trip triple trips troop troops trophy
tropic tropical trouble troubled truce truck trucks true truly trust truth try trying tuesday tunnel turkey turkish turn turned turner turning
turnover turns twenty twice twin two type types typescript typical typically uefa uganda ukraine ukrainian ultimately unable unchanged uncle unclear
under underground understand understanding unemployment unfair unfortunately uninstall union unions unique unit unite united units unity universal
universities university unknown unless unlike unlikely unprecedented unrest unsubscribe untie untied until unusual upcoming update updates upgrade
upload upon upper upset uranium urban urged urgent urging usa use used useful user username users uses using usual usually utah utility valley
valuable value values van vancouver variable variety various vast vatican vegas vegetable vehicle vehicles venezuela venture venue verdict verses
version versions versus very vessel vessels veteran veterans veterinarian via vial vice victim victims victor victoria victories victory video vienna
vietnam vietnamese view viewed viewers views villa village villages violation violations violence violent virginia virtually virus visible vision
visit visited visiting visitors visits vital vladimir voice volume volunteers von vote voted voters votes voting voucher vowed vulnerable wage wait
waiting wake wales walk walked walker walking wall walls walter wander wang want wanted wants war ward warm warming warned warner warning warranty
warren wars was washington waste watch watched watching water waters wave waves way wayne ways weak wealth wealthy weapon weapons wear wearing weather
web website wedding wednesday week weekend weekly weeks weight welcome welcomed welfare well wells went were west western what whatever wheel when
where whether which while white who whole whom whose why wickets wide widely widespread widow wife wild wildlife will william williams willing wilson
wimbledon win wind window windows winds wine wing wings winner winners winning wins winter wire wireless wisconsin wish with withdraw withdrawal
withdrew within without witness witnesses wolf woman women won wonder wood wooden woods word words work worked worker workers working works world
worldsources worldwide worried worries worry worse worst worth would wounded wrest wrestling wright wrist write writer writers writes writing written
wrong wrote wto xinhua yankees yard yards yasser year years yellow yeltsin yen yes yesterday yet yield york you young younger your yourself youth yuan
yugoslav yugoslavia zealand zero zhang zimbabwe zone`.split(/\s+/),
);
